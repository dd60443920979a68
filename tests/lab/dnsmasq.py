# SPDX-License-Identifier: GPL-2.0-or-later
"""A real dnsmasq on the router's side of carol, for addresses of both families."""

import subprocess

from .dhcp import INTERFACE
from .until import until


class Dnsmasq:
    """start() comes back when it serves."""

    def __init__(self, ns, home):
        self._ns = ns
        self.leases = home / "dnsmasq.leases"
        self._log = home / "dnsmasq.log"
        self._process = None

    def start(self):
        with self._log.open("a") as log:
            self._process = self._ns.popen(
                "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--user=root", "--log-dhcp",
                f"--interface={INTERFACE}", "--bind-interfaces", f"--dhcp-leasefile={self.leases}", "--pid-file=",
                "--dhcp-range=100.64.9.10,100.64.9.99,255.255.255.0,1h", "--dhcp-range=2001:db8:1000:900::10,2001:db8:1000:900::99,64,1h",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._serves, "dnsmasq to serve", 20)
        return self

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _serves(self):
        log = self._log.read_text()
        assert self._process.poll() is None, f"dnsmasq ended with {self._process.returncode}\n{log}"
        return "DHCPv6, IP range" in log and "sockets bound" in log
