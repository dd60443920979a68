# SPDX-License-Identifier: GPL-2.0-or-later
"""A SYN flood in which no two packets are of the same connection: each asks connection tracking for an entry of its own."""

from lab import nft

# Whole packets, so that one host is many; bounded by their number. A line in the end says how many were sent.
SENDER = r"""
import ipaddress, socket, struct, sys

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total

first, target, count = ipaddress.ip_address(sys.argv[1]), ipaddress.ip_address(sys.argv[2]), int(sys.argv[3])
raw = socket.socket(socket.AF_INET if first.version == 4 else socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
there, sent, ports = target.packed, 0, range(1024, 65536)
while sent < count:
    here = (first + sent // len(ports)).packed
    start = checksum(here + there + struct.pack("!IIHHIIBBHHH", 20, 6, 0, 25, 1, 0, 0x50, 2, 1024, 0, 0))
    if len(here) == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + here + there
    else:
        head = struct.pack("!IHBB", 0x60000000, 20, 6, 64) + here + there
    for port in ports[:count - sent]:
        total = start + port
        total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        raw.sendto(head + struct.pack("!HHIIBBHHH", port, 25, 1, 0, 0x50, 2, 1024, total, 0), (str(target), 0))
        sent += 1
print(sent)
"""

# Port 25 is what must not arrive. What was redirected is counted and dropped, so that the server is not what breaks.
ARRIVALS = """table inet arrivals {
 counter port25 { }
 counter port587 { }
 chain input { type filter hook input priority -400;
  tcp dport 25 counter name port25
  tcp dport 587 ip saddr 100.64.1.0/24 counter name port587 drop
  tcp dport 587 ip6 saddr 2001:db8:1000:100::/64 counter name port587 drop
 }
}
"""


class Storm:
    """`with Storm(lab, family, tuples) as storm:` begins; it is over with finish() or with the block.

    Afterwards .sent packets, of which .arrived came through to port 25 and .redirected to port 587.
    """

    def __init__(self, lab, family, tuples):
        self._lab, self._server = lab, lab.foreign.ns
        self._words = ["/usr/bin/python3", "-c", SENDER, lab.alice.address[family], self._server.address[family], tuples]
        self.sent = self.arrived = self.redirected = 0

    def __enter__(self):
        nft.load(self._server, ARRIVALS)
        self._sender = self._lab.alice.popen(*map(str, self._words), stdout=-1, text=True)
        return self

    def is_over(self):
        return self._sender.poll() is not None

    def finish(self):
        self.sent = int(self._sender.communicate(timeout=600)[0])

    def __exit__(self, *_):
        if not self.sent:
            self.finish()
        counted = nft.counters(self._server, ("inet", "arrivals"))
        self.arrived, self.redirected = counted["port25"].packets, counted["port587"].packets
        nft.flush_ruleset(self._server)
