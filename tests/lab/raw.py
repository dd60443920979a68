# SPDX-License-Identifier: GPL-2.0-or-later
"""Single TCP packets with any ports, whole or in pieces, and connections behind options, which a socket would not send."""

import socket
import struct

FIN, SYN, ACK = 0x01, 0x02, 0x10


def send_tcp(ns, source, port, destination, to_port, flags=SYN, number=1):
    """From an address of the namespace."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    pseudo = socket.inet_pton(family, source) + socket.inet_pton(family, destination) + struct.pack("!II", 20, 6)
    header = struct.pack("!HHIIBBHHH", port, to_port, number, 0, 0x50, flags, 1024, 0, 0)
    header = header[:16] + struct.pack("!H", _checksum(pseudo + header)) + header[18:]
    with ns.inside(), socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.bind((source, 0))
        raw.sendto(header, (destination, 0))


def send_tiny_fragment(ns, source, port, destination, to_port, number=7):
    """The first eight bytes of a SYN, which do not reach to its flags, as a first fragment. The rest never comes."""
    start = struct.pack("!HHI", port, to_port, 1)
    if ":" not in source:
        packet = struct.pack("!BBHHHBBH", 0x45, 0, 28, number, 0x2000, 64, socket.IPPROTO_TCP, 0)
        packet += socket.inet_aton(source) + socket.inet_aton(destination) + start
        with ns.inside(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(packet, (destination, 0))
        return
    packet = struct.pack("!IHBB", 0x60000000, 16, socket.IPPROTO_FRAGMENT, 64)
    packet += socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    packet += struct.pack("!BBHI", socket.IPPROTO_TCP, 0, 1, number) + start
    with ns.inside(), socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet, (destination, 0))


def destination_options(size):
    """An IPv6 header with so many bytes that nobody knows and everybody skips (RFC 3692: 0x1e)."""
    options = b"".join(bytes([0x1e, 250]) + bytes(250) for _ in range(size // 252))
    padding = -(2 + len(options)) % 8
    options += b"" if padding == 0 else bytes(1) if padding == 1 else bytes([1, padding - 2]) + bytes(padding - 2)
    return bytes([0, (2 + len(options)) // 8 - 1]) + options


def connect_behind_options(ns, host, size, timeout=20):
    """0 or the error of a connection to port 25 whose packets all bear so many bytes of options."""
    with ns.inside():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    with sock:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, destination_options(size))
        return sock.connect_ex((host, 25))


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
