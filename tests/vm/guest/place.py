# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's network, with a light mail server in this process instead of Postfix, which is too slow here."""

import socket
import tempfile
import threading
from pathlib import Path

from lab import nft
from lab.net import Network

PORTS = (25, 587, 2525)


class Place:
    """What lab.Agent wants of a lab: router and home. Hosts alice, bob, internet and relay, with servers on PORTS."""

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp())
        network = Network("g25-vm")
        network.start()
        self.router = network.router
        self.alice, self.bob, self.internet, self.relay = (network.hosts[n] for n in ("alice", "bob", "internet", "relay"))
        self.servers = {(name, port): MailServer(network.hosts[name], name, port)
                        for name in ("internet", "relay") for port in PORTS}
        return self

    def __exit__(self, *_):
        """The guest ends with it; nothing to take away."""

    def clean(self):
        """No rules and no connections; the agent is gone."""
        nft.flush_ruleset(self.router)
        self.router.run("conntrack", "-F", check=False)


class MailServer:
    """Says its name and port, agrees with everything, and keeps what it was sent in DATA."""

    def __init__(self, ns, name, port):
        with ns.inside():
            self._listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        self._greeting = f"220 {name} {port}\r\n".encode()
        self.sessions = {}      # the client's port -> the server's end
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            end, peer = self._listener.accept()
            self.sessions[peer[1]] = ServerEnd(end, self._greeting)


class ServerEnd:
    def __init__(self, end, greeting):
        self._end = end
        self.data = b""
        self.ended = None       # "closed" or "reset"
        threading.Thread(target=self._talk, args=(greeting,), daemon=True).start()

    def say(self, line):
        """Something unasked for, from the server to the client."""
        self._end.sendall(line)

    def _talk(self, greeting):
        try:
            self._end.sendall(greeting)
            for line in self._end.makefile("rb"):
                if self.data:
                    self.data += line
                    continue
                word = line[:4].strip().upper()
                self._end.sendall(b"354 go on\r\n" if word == b"DATA" else b"250 fine\r\n")
                if word == b"DATA":
                    self.data = b"\n"
            self.ended = "closed"
        except OSError:
            self.ended = "reset"
        finally:
            self._end.close()


def answer(ns, host, port=25, timeout=2.0):
    """'internet 25' of whoever answers, else refused or silence."""
    try:
        with ns.connect(host, port, timeout) as connection:
            return connection.makefile().readline().strip().removeprefix("220 ")
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silence"
