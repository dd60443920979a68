# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab as a whole."""

import atexit
import signal
import threading

from . import mail
from .claim import Claim
from .net import Network
from .pki import Authority

class Lab:
    """Namespaces alice, bob, router, internet; mail servers relay and foreign (each has .ns); home, a directory.

    start() comes back when all ports answer. stop() runs at the end of a `with`, at exit and on SIGTERM;
    what a SIGKILL leaves goes when the next lab starts.
    """

    def __init__(self):
        self._claim = None

    def start(self):
        atexit.register(self.stop)
        _leave_on_sigterm()
        self._claim = Claim()
        self.home = self._claim.home
        network = Network(self._claim.name)
        network.start()
        self.router = network.router
        self.alice, self.bob, self.internet = (network.hosts[n] for n in ("alice", "bob", "internet"))
        self._start_mail(network.hosts["relay"])
        return self

    def stop(self):
        claim, self._claim = self._claim, None
        atexit.unregister(self.stop)
        if claim:
            claim.release()

    def keep(self):
        """Leave it up after this program's end, for somebody to play with."""
        claim, self._claim = self._claim, None
        claim.keep()

    def _start_mail(self, relay_host):
        self.authority = Authority(self.home / "pki")
        self.foreign = mail.foreign(self.internet, self.home / "foreign", self.authority)
        self.relay = mail.relay(relay_host, self.home / "relay", self.authority, self.internet)
        for server in (self.foreign, self.relay):
            server.start()
        self.foreign.add_user(mail.USERS["foreign"], mail.PASSWORD)
        self.relay.add_user(mail.USERS["relay"], mail.PASSWORD)
        for server in (self.foreign, self.relay):
            server.ready()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()


def _leave_on_sigterm():
    """Make SIGTERM an orderly exit, unless the program has an opinion of its own."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: exit(143))
