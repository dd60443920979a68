# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel logs to a group of NFLOG (linux/netfilter/nfnetlink_log.h), read in the place of the agent."""

import errno
import ipaddress
import socket
import struct
from collections import namedtuple

from .net import ADDRESS
from .until import until

NETLINK_NETFILTER = 12
PACKET, CONFIG = 4 << 8 | 0, 4 << 8 | 1
REQUEST, ACK, ERROR = 0x01, 0x04, 0x02
CFG_COMMAND, CFG_MODE, CFG_TIMEOUT = 1, 2, 4
BIND, COPY_PACKET = 1, 2
PAYLOAD = 9
REFUSED, LET_OUT = 25, 26  # the groups of rules/attempts.nft and rules/connections_log.nft

Logged = namedtuple("Logged", "source port destination to_port flags")


class Nflog:
    """`with Nflog(ns, REFUSED) as log:` reads all that comes from then on; log.packets() is what came so far."""

    def __init__(self, ns, group):
        with ns.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.bind((0, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._packets = []
        self._configure(group, CFG_COMMAND, struct.pack("=B", BIND))
        self._configure(group, CFG_MODE, struct.pack("!IBx", 128, COPY_PACKET))
        self._configure(group, CFG_TIMEOUT, struct.pack("!I", 1))  # hundredths of a second

    def packets(self):
        self._read()
        return list(self._packets)

    def wait_for(self, count):
        return until(lambda: len(self.packets()) >= count and self.packets(), f"{count} logged packets")

    def _configure(self, group, attribute, value):
        length = 4 + len(value)
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, group)
        body += struct.pack("=HH", length, attribute) + value + b"\0" * (-length % 4)
        self._socket.send(struct.pack("=IHHII", 16 + len(body), CONFIG, REQUEST | ACK, 0, 0) + body)
        answer = self._socket.recv(4096)
        number = -struct.unpack_from("=i", answer, 16)[0]
        if number:
            raise OSError(number, f"NFLOG group {group}: {errno.errorcode[number]}")

    def _read(self):
        while True:
            try:
                data = self._socket.recv(1 << 20, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == PACKET:
                    self._packets.append(_packet(_attributes(data[20:length])[PAYLOAD]))
                data = data[(length + 3) & ~3:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def _attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def _packet(data):
    if data[0] >> 4 == 4:
        head, source, destination = (data[0] & 15) * 4, data[12:16], data[16:20]
    else:
        head, source, destination = 40, data[8:24], data[24:40]
    port, to_port = struct.unpack_from("!HH", data, head)
    return Logged(str(ipaddress.ip_address(source)), port, str(ipaddress.ip_address(destination)), to_port, data[head + 13])


def seen(log, family, who="alice"):
    """The destinations and ports that a host was logged with."""
    return [(one.destination, one.to_port) for one in log.packets() if one.source == ADDRESS[who][family]]
