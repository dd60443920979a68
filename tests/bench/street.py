# SPDX-License-Identifier: GPL-2.0-or-later
"""Several routers between one namespace that sends and one that swallows, each with a link of its own on both sides.

    sender s0 ---- router "none" ------- i0 sink
    sender s1 ---- router "gate25" ----- i1 sink     ...

Addresses on the link of router number N: 100.127.N.0/24, 2001:db8:1fff:N00::/64; behind it 198.18.N.0/24, 2001:2:0:N::/64
(RFC 2544, RFC 5180). Everything for 198.19.0.0/16 and 2001:2:0:ffff::/64 is forwarded and swallowed on arrival.
"""

import subprocess

from lab import nft

ROUTER_MAC, SENDER_MAC, SINK_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
SWALLOWED = ("198.19.0.0/16", "2001:2:0:ffff::/64")
SUBSCRIBERS = ("100.64.0.0/10", "2001:db8:1000::/36")

SINK = """table netdev sink {
 counter at_liberty { }
 counter quarantined { }
 chain smtp {
  ip saddr 100.76.0.0/16 counter name at_liberty drop
  ip6 saddr 2001:db8:1c00::/40 counter name at_liberty drop
  counter name quarantined drop
 }
 chain swallowed {
  tcp flags & syn == syn goto smtp
  drop
 }
%s}
"""
INGRESS = """ chain i%d { type filter hook ingress device "i%d" priority 0;
  ip daddr 198.19.0.0/16 goto swallowed
  ip6 daddr 2001:2:0:ffff::/64 goto swallowed
 }
"""


class Street:
    def __init__(self, place, names):
        self.sender, self.sink = place.namespace("sender"), place.namespace("sink")
        self.routers = {name: place.namespace(f"router-{name}") for name in names}
        for host in (self.sender, self.sink, *self.routers.values()):
            host.sysctl(net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0,
                        net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__default__rp_filter=0)
        for number, router in enumerate(self.routers.values()):
            router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
            self._link(number, router)
        nft.load(self.sink, SINK % "".join(INGRESS % (n, n) for n in range(len(names))))

    def interface(self, name):
        return f"s{list(self.routers).index(name)}"

    def target(self, name, family):
        """A host behind that router which answers."""
        number = list(self.routers).index(name)
        return f"198.18.{number}.2" if family == 4 else f"2001:2:0:{number:x}::2"

    def arrived(self):
        """{"at_liberty": packets, "quarantined": packets} of the first packets of mail connections"""
        return {name: one.packets for name, one in nft.counters(self.sink, ("netdev", "sink")).items()}

    def _link(self, number, router):
        _ip(router, f"link add r0 address {ROUTER_MAC} type veth peer name s{number} address {SENDER_MAC} netns {self.sender.name}",
            f"link add r1 address {ROUTER_MAC} type veth peer name i{number} address {SINK_MAC} netns {self.sink.name}")
        near4, near6, far4, far6 = (f"100.127.{number}.", f"2001:db8:1fff:{number:x}00::", f"198.18.{number}.", f"2001:2:0:{number:x}::")
        _ip(router, *_ends("r0", near4 + "1", near6 + "1"), *_ends("r1", far4 + "1", far6 + "1"),
            *_neighbours("r0", SENDER_MAC, near4 + "2", near6 + "2"), *_neighbours("r1", SINK_MAC, far4 + "2", far6 + "2"),
            *(f"route add {s} via {via}" for s, via in zip(SUBSCRIBERS, (near4 + "2", near6 + "2"))),
            *(f"route add {s} via {via}" for s, via in zip(SWALLOWED, (far4 + "2", far6 + "2"))))
        _ip(self.sender, *_ends(f"s{number}", near4 + "2", near6 + "2"), *_neighbours(f"s{number}", ROUTER_MAC, near4 + "1", near6 + "1"),
            f"route add {far4}0/24 via {near4}1", f"route add {far6}/64 via {near6}1")
        _ip(self.sink, *_ends(f"i{number}", far4 + "2", far6 + "2"), *_neighbours(f"i{number}", ROUTER_MAC, far4 + "1", far6 + "1"),
            f"route add {near4}0/24 via {far4}1", f"route add {near6}/64 via {far6}1")


def _ends(device, v4, v6):
    return f"address add {v4}/24 dev {device}", f"address add {v6}/64 dev {device} nodad", f"link set {device} up"


def _neighbours(device, mac, v4, v6):
    return tuple(f"neighbour replace {address} lladdr {mac} dev {device} nud permanent" for address in (v4, v6))


def _ip(namespace, *lines):
    done = subprocess.run(["ip", "-n", namespace.name, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip -batch failed: {done.stderr}\n" + "\n".join(lines))
