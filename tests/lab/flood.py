# SPDX-License-Identifier: GPL-2.0-or-later
"""A stream of SYNs from a subscriber to port 25 of the foreign server, and what of it arrives there."""

from . import nft

# Raw sockets, so that every packet is a first one. Bounded in time; ends when its standard input does.
SENDER = r"""
import select, socket, struct, sys, time

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

source, destination, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
family = socket.AF_INET6 if ":" in source else socket.AF_INET
raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.bind((source, 0))
pseudo = socket.inet_pton(family, source) + socket.inet_pton(family, destination) + struct.pack("!II", 20, 6)
def segment(port):
    header = struct.pack("!HHIIBBHHH", port, 25, 1, 0, 0x50, 2, 1024, 0, 0)
    return header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
segments = [segment(port) for port in range(20000, 20064)]
sent, end = 0, time.monotonic() + seconds
while time.monotonic() < end and not select.select([sys.stdin], [], [], 0)[0]:
    for one in segments:
        raw.sendto(one, (destination, 0))
    sent += len(segments)
print(sent)
"""

ARRIVALS = """table inet arrivals {{
 counter port25 {{ }}
 chain input {{ type filter hook input priority 0;
  {ip} saddr {source} tcp dport 25 counter name port25
 }}
}}
"""


class Flood:
    """`with Flood(lab, family) as flood:` sends; afterwards .sent and .arrived are counted."""

    def __init__(self, lab, family, seconds=30):
        self._lab, self._server = lab, lab.foreign.ns
        self._arrivals = ARRIVALS.format(ip={4: "ip", 6: "ip6"}[family], source=lab.alice.address[family])
        self._words = ["/usr/bin/python3", "-c", SENDER, lab.alice.address[family], self._server.address[family],
                       str(seconds)]
        self.sent = self.arrived = 0

    def __enter__(self):
        nft.load(self._server, self._arrivals)
        self._sender = self._lab.alice.popen(*self._words, stdin=-1, stdout=-1, text=True)
        return self

    def __exit__(self, *_):
        self.sent = int(self._sender.communicate(input="")[0])
        self.arrived = self.arrivals()
        nft.flush_ruleset(self._server)

    def arrivals(self):
        return nft.counters(self._server, ("inet", "arrivals"))["port25"].packets
