# SPDX-License-Identifier: GPL-2.0-or-later
"""What the router lets through for many subscribers at once: one packet for each address and port, in milliseconds.

Alice's host sends SYNs with any source that is asked about; the foreign server's host notes what arrives and drops it.
"""

import contextlib
import ipaddress
import os
import socket
import struct

from lab import nft
from lab.until import until

from . import nfnetlink

LAST = 9        # the port of the packet that ends a round; no rule of gate25 is about it

ARRIVED = """table inet probes {
 set seen4 { type ipv4_addr . inet_service; }
 set seen6 { type ipv6_addr . inet_service; }
 chain input { type filter hook input priority -400;
  meta nfproto ipv4 tcp sport 54321 add @seen4 { ip saddr . tcp dport } drop
  meta nfproto ipv6 tcp sport 54321 add @seen6 { ip6 saddr . tcp dport } drop
 }
}
"""


class Probes:
    """`with Probes(lab, family) as probes: probes.passed(addresses, ports)` -> {address: set of ports}."""

    def __init__(self, lab, family):
        self._server, self._alice, self._family = lab.internet, lab.alice, family
        self._to = lab.internet.address[family]
        self._own, self._set = lab.alice.address[family], f"seen{family}"

    def __enter__(self):
        nft.load(self._server, ARRIVED)
        with self._alice.inside():
            family = socket.AF_INET if self._family == 4 else socket.AF_INET6
            self._socket = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._tables = nfnetlink.NfTables(self._server)
        return self

    def __exit__(self, *_):
        self._socket.close()
        self._tables.close()
        self._server.run("nft", "delete", "table", "inet", "probes")

    def passed(self, addresses, ports):
        self._tables.run(nfnetlink.flush(self._set, "probes"))
        self._tables.check()
        # On one processor packets do not overtake each other: when the last is there, all are there that come at all.
        with on_one_processor():
            for address in addresses:
                for port in ports:
                    self._send(address, port)
            self._send(self._own, LAST)
        until(lambda: self._has_arrived(self._own, LAST), "the last packet of a round", 5)
        return {address: {port for port in ports if self._has_arrived(address, port)} for address in addresses}

    def _has_arrived(self, address, port):
        key = ipaddress.ip_address(address).packed + struct.pack("!HH", port, 0)
        return self._tables.milliseconds_left(self._set, key, "probes") is not None

    def _send(self, source, port):
        self._socket.sendto(packet(source, self._to, port), (self._to, 0))


def packet(source, destination, port):
    """A SYN with the whole of its header, so that anybody may be its source."""
    here, there = (ipaddress.ip_address(a).packed for a in (source, destination))
    tcp = struct.pack("!HHIIBBHHH", 54321, port, 1, 0, 0x50, 2, 1024, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", checksum(here + there + struct.pack("!II", 20, 6) + tcp)) + tcp[18:]
    if len(here) == 16:
        return struct.pack("!IHBB", 0x60000000, len(tcp), 6, 64) + here + there + tcp
    # The kernel fills in the checksum of an IPv4 header, and its length and number.
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + here + there + tcp


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@contextlib.contextmanager
def on_one_processor():
    """This thread, and only this thread."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
