# SPDX-License-Identifier: GPL-2.0-or-later
"""Single TCP packets with any ports, which a socket would not send."""

import socket
import struct

SYN, ACK = 0x02, 0x10


def send_tcp(ns, source, port, destination, to_port, flags=SYN):
    """From an address of the namespace."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    pseudo = socket.inet_pton(family, source) + socket.inet_pton(family, destination) + struct.pack("!II", 20, 6)
    header = struct.pack("!HHIIBBHHH", port, to_port, 1, 0, 0x50, flags, 1024, 0, 0)
    header = header[:16] + struct.pack("!H", _checksum(pseudo + header)) + header[18:]
    with ns.inside(), socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.bind((source, 0))
        raw.sendto(header, (destination, 0))


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
