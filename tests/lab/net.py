# SPDX-License-Identifier: GPL-2.0-or-later
"""The namespaces, their links and addresses.

    alice  100.64.1.2   2001:db8:1000:100::2 --+           +-- relay    192.0.2.25     2001:db8:25::25
                                               +- router --+
    bob    100.64.2.2   2001:db8:1000:200::2 --+           +-- internet 198.51.100.25  2001:db8:f00::25

The relay's host also carries the portal (.80), the internet's host a web site in networks of its own.
"""

import contextlib
import ctypes
import os
import socket
import subprocess
from collections import namedtuple

SUBSCRIBERS = ("100.64.0.0/10", "2001:db8:1000::/36")
WEB_SITE = {4: "203.0.113.80", 6: "2001:db8:80::80"}
PORTAL = {4: "192.0.2.80", 6: "2001:db8:25::80"}

Side = namedtuple("Side", "name v4 v6 prefix4 prefix6 more", defaults=((),))

# name, its own addresses, the two networks as text before the last number (the router is .1 and ::1)
SIDES = (
    Side("alice", "100.64.1.2", "2001:db8:1000:100::2", "100.64.1.", "2001:db8:1000:100::"),
    Side("bob", "100.64.2.2", "2001:db8:1000:200::2", "100.64.2.", "2001:db8:1000:200::"),
    Side("relay", "192.0.2.25", "2001:db8:25::25", "192.0.2.", "2001:db8:25::",
         (PORTAL[4] + "/24", PORTAL[6] + "/64")),
    Side("internet", "198.51.100.25", "2001:db8:f00::25", "198.51.100.", "2001:db8:f00::",
         (WEB_SITE[4] + "/32", WEB_SITE[6] + "/128")),
)

ADDRESS = {side.name: {4: side.v4, 6: side.v6} for side in SIDES}
RELAY, FOREIGN = ADDRESS["relay"], ADDRESS["internet"]

Connection = namedtuple("Connection", "state local port peer peer_port")

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


class Namespace:
    """One host of the lab. `address[4]` and `address[6]` are its own."""

    def __init__(self, name, address=None):
        self.name = name
        self.address = address or {}

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, check=True, **options):
        """subprocess.run inside; stdout and stderr are kept as text."""
        return subprocess.run(self.command(*words), check=check, capture_output=True, text=True, **options)

    def popen(self, *words, **options):
        """The pid is the program's own: `ip netns exec` replaces itself."""
        return subprocess.Popen(self.command(*words), **options)

    @contextlib.contextmanager
    def inside(self):
        """This thread, and only this thread, works in the namespace. Sockets made here stay here for life."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _setns(there)
            yield self
        finally:
            _setns(home)
            os.close(home)
            os.close(there)

    def connect(self, host, port, timeout=5.0):
        with self.inside():
            return socket.create_connection((host, port), timeout)

    def connections(self, port=None):
        """TCP connections seen by this host whose own port is `port` (listeners left out)."""
        found = []
        for line in self.run("ss", "-Htan").stdout.splitlines():
            state, _, _, here, there = line.split()[:5]
            (local, own), (peer, other) = _end(here), _end(there)
            if state != "LISTEN" and port in (None, own):
                found.append(Connection(state, local, own, peer, other))
        return found

    def sysctl(self, **values):
        """Dots are spelt as double underscores: net__ipv4__ip_forward=1."""
        with self.inside():
            for key, value in values.items():
                with open("/proc/sys/" + key.replace("__", "/"), "w", encoding="ascii") as file:
                    file.write(str(value))


class Network:
    """All namespaces of one lab, joined through the router."""

    def __init__(self, prefix):
        self.router = Namespace(f"{prefix}-router")
        self.hosts = {side.name: Namespace(f"{prefix}-{side.name}", ADDRESS[side.name]) for side in SIDES}

    def start(self):
        _ip(f"netns add {ns.name}" for ns in (self.router, *self.hosts.values()))
        for ns in (self.router, *self.hosts.values()):
            _prepare(ns)
        self.router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        _ip(f"link add {side.name} netns {self.router.name} type veth peer name up0 "
            f"netns {self.hosts[side.name].name}" for side in SIDES)
        for side in SIDES:
            _ip(_host_lines(side), self.hosts[side.name].name)
        _ip(_router_lines(), self.router.name)


def _prepare(ns):
    ns.sysctl(net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0,
              net__ipv6__conf__all__accept_ra=0, net__ipv6__conf__default__accept_ra=0,
              net__ipv4__tcp_synack_retries=0)


def _host_lines(side):
    yield "link set lo up"
    for address in (side.v4 + "/24", side.v6 + "/64", *side.more):
        yield f"address add {address} dev up0{_nodad(address)}"
    yield "link set up0 up"
    yield f"route add default via {side.prefix4}1 src {side.v4}"
    yield f"route add default via {side.prefix6}1 src {side.v6}"


def _router_lines():
    yield "link set lo up"
    for side in SIDES:
        yield f"address add {side.prefix4}1/24 dev {side.name}"
        yield f"address add {side.prefix6}1/64 dev {side.name} nodad"
        yield f"link set {side.name} up"
    internet = SIDES[-1]
    yield f"route add {WEB_SITE[4]} via {internet.v4}"
    yield f"route add {WEB_SITE[6]} via {internet.v6}"


def _nodad(address):
    return " nodad" if ":" in address else ""


def _ip(lines, namespace=None):
    where = ["-n", namespace] if namespace else []
    text = "".join(line + "\n" for line in lines)
    done = subprocess.run(["ip", *where, "-batch", "-"], input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip -batch failed: {done.stderr}\n{text}")


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _end(text):
    """'[::ffff:192.0.2.1]:25' -> ('192.0.2.1', 25)"""
    host, _, port = text.rpartition(":")
    host = host.strip("[]").removeprefix("::ffff:")
    return host.split("%")[0], int(port) if port.isdigit() else 0
