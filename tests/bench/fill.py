# SPDX-License-Identifier: GPL-2.0-or-later
"""The same million in the words of each program that can load one."""

import subscriber

from programs import ask

PLAIN = """table inet plain {
 set q4 { type ipv4_addr; flags timeout; gc-interval 60s; }
 set q6 { type ipv6_addr; flags timeout; gc-interval 60s; }
}
"""


def nft_file(path, count):
    """For `nft -f`: a plain table of its own, as an operator would write it."""
    with path.open("w") as file:
        file.write(PLAIN)
        for name, addresses in zip(("q4", "q6"), subscriber.half_each(count)):
            if addresses:
                elements = ",\n".join(f"{a} timeout 24h" for a in addresses)
                file.write(f"add element inet plain {name} {{ {elements} }}\n")
    return path


def ipset_file(path, count):
    """For `ipset restore`."""
    with path.open("w") as file:
        for name, family, addresses in zip(("q4", "q6"), ("inet", "inet6"), subscriber.half_each(count)):
            file.write(f"create {name} hash:ip family {family} timeout 86400 maxelem {count + 100000}\n")
            file.writelines(f"add {name} {a}\n" for a in addresses)
    return path


def import_file(path, first, end, level):
    """For `gate25 import`: the subscribers of that part of half_each(), with why they are in it."""
    with path.open("w") as file:
        file.write("prefix,level,reason\n")
        for n in range(first // 2, end // 2):
            file.write(f"{subscriber.v4(n)},{level},spam reported by trap.example\n"
                       f"{subscriber.v6(n)}/56,{level},spam reported by trap.example\n")
    return path


def set_of(namespace, table, name, family, count, hours=24):
    """In no time, by the bench's own netlink; hours=None: for ever."""
    if count:
        ask(namespace, "fill_bench", table, name, family, 0, count, *([hours] if hours else []))
