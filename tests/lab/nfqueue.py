# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts on what the kernel queues (linux/netfilter/nfnetlink_queue.h), in the place of the agent."""

import errno
import socket
import struct

NETLINK_NETFILTER = 12
PACKET, VERDICT, CONFIG = 3 << 8 | 0, 3 << 8 | 1, 3 << 8 | 2
REQUEST, ACK = 0x01, 0x04
CFG_COMMAND, CFG_PARAMETERS = 1, 2
BIND, COPY_PACKET = 1, 2
PACKET_HEAD, VERDICT_HEAD, MARK = 1, 2, 3
NF_ACCEPT = 1
REFUSED = 0x67323572  # rules/volume_mark.nft


class Nfqueue:
    """`with Nfqueue(ns) as queue: ...; queue.answer(REFUSED)`"""

    def __init__(self, ns, number=25):
        with ns.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.bind((0, 0))
        self._socket.settimeout(10)
        self._number = number
        self._configure(CFG_COMMAND, struct.pack("!BxH", BIND, 0))
        self._configure(CFG_PARAMETERS, struct.pack("!IB", 128, COPY_PACKET))

    def answer(self, mark=None):
        """Accepts the next packet, with this mark."""
        data = self._socket.recv(1 << 16)
        at = 20
        while struct.unpack_from("=HH", data, at)[1] & 0x3FFF != PACKET_HEAD:
            at += (struct.unpack_from("=H", data, at)[0] + 3) & ~3
        (packet,) = struct.unpack_from("!I", data, at + 4)
        body = _attribute(VERDICT_HEAD, struct.pack("!II", NF_ACCEPT, packet))
        self._send(VERDICT, REQUEST, body + (_attribute(MARK, struct.pack("!I", mark)) if mark else b""))

    def _configure(self, kind, value):
        self._send(CONFIG, REQUEST | ACK, _attribute(kind, value))
        number = -struct.unpack_from("=i", self._socket.recv(4096), 16)[0]
        if number:
            raise OSError(number, f"queue {self._number}: {errno.errorcode[number]}")

    def _send(self, kind, flags, body):
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, self._number) + body
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
