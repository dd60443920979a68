# SPDX-License-Identifier: GPL-2.0-or-later
"""A subscriber whose addresses come by DHCP: a namespace of its own behind the router, and a real client in it.

    carol  100.64.9.0/24  2001:db8:1000:900::/64 -- router (.1, ::1)
"""

import contextlib
import os
import signal
import subprocess

from .net import Namespace

ROUTER = {4: "100.64.9.1", 6: "2001:db8:1000:900::1"}
NETWORK = {4: "100.64.9.0/24", 6: "2001:db8:1000:900::/64"}
HARDWARE = "02:00:5e:00:53:01"
INTERFACE = "carol"     # the router's side

# No router advertisement is waited for, nothing of the host is touched but the interface.
CLIENT = """
duid ll
nodelay
noarp
noipv6rs
allowinterfaces up0
nohook resolv.conf, hostname, timezone, ntp
interface up0
  ipv4
  ia_na 1
  {delegated}
"""


@contextlib.contextmanager
def carol(lab):
    """The namespace, without an address."""
    ns = Namespace(lab.router.name.removesuffix("router") + "carol")
    subprocess.run(["ip", "netns", "add", ns.name], check=True)
    try:
        ns.sysctl(net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0)
        _ip("link", "add", INTERFACE, "netns", lab.router.name, "type", "veth", "peer", "name", "up0", "address", HARDWARE, "netns", ns.name)
        lab.router.run("ip", "address", "add", ROUTER[4] + "/24", "dev", INTERFACE)
        lab.router.run("ip", "address", "add", ROUTER[6] + "/64", "dev", INTERFACE, "nodad")
        lab.router.run("ip", "link", "set", INTERFACE, "up")
        for link in ("lo", "up0"):
            ns.run("ip", "link", "set", link, "up")
        yield ns
    finally:
        lab.router.run("ip", "link", "delete", INTERFACE, check=False)
        subprocess.run(["ip", "netns", "delete", ns.name], check=True)


class Client:
    """dhcpcd on up0. What it keeps of itself is gone with it."""

    def __init__(self, ns, home, delegated=True):
        self._ns = ns
        self._config = home / "dhcpcd.conf"
        self._log = home / "dhcpcd.log"
        self._config.write_text(CLIENT.format(delegated="ia_pd 2" if delegated else ""))
        self._process = None

    def start(self):
        alone = "mount -t tmpfs none /run && mkdir -p /var/lib/dhcpcd && mount -t tmpfs none /var/lib/dhcpcd && exec \"$@\""
        with self._log.open("a") as log:
            self._process = self._ns.popen("unshare", "--mount", "sh", "-c", alone, "sh", "dhcpcd", "-f", self._config, "-B", "up0",
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def release(self):
        """Gives back what it has."""
        self._process.send_signal(signal.SIGALRM)
        self._process.wait(20)
        self._process = None

    def stop(self):
        """As a machine that is switched off: with all that works for it, and at once."""
        if self._process:
            for pid in subprocess.run(["ip", "netns", "pids", self._ns.name], capture_output=True, text=True, check=True).stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    def log(self):
        return self._log.read_text()


def _ip(*words):
    subprocess.run(["ip", *words], check=True)
