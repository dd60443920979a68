# SPDX-License-Identifier: GPL-2.0-or-later
"""nf_tables over a netlink socket that stays open: thousands of transactions a second, and one element asked for.

`nft` needs milliseconds for each of either. Only what the tests use is spelt (linux/netfilter/nf_tables.h).
"""

import contextlib
import ipaddress
import os
import socket
import struct

NETLINK_NETFILTER = 12
BATCH_BEGIN, BATCH_END, ERROR = 0x10, 0x11, 0x02
NFTABLES = 10
NEW_ELEMENT, GET_ELEMENT, DELETE_ELEMENT = 12, 13, 14
REQUEST, CREATE = 0x01, 0x400
INET = 1
NOT_FOUND = 2
TIMEOUT, EXPIRATION = 4, 5


class NfTables:
    """In the namespace `ns`, as somebody who is not the agent. `with NfTables(ns) as tables:`"""

    def __init__(self, ns):
        with ns.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.bind((0, 0))

    def close(self):
        self._socket.close()

    def run(self, transaction):
        """`transaction` is what add() or delete() made. Errors are kept until check()."""
        self._socket.send(transaction)

    def check(self):
        """Raises the first error of all that was run."""
        with contextlib.suppress(BlockingIOError):
            answer = self._socket.recv(1 << 16, socket.MSG_DONTWAIT)
            number = -struct.unpack_from("=i", answer, 16)[0]
            raise OSError(number, f"nf_tables refused a transaction: {os.strerror(number)}")

    def milliseconds_left(self, name, address, table="gate25"):
        """Of one element: None when it is not there, 0 when it stands for ever."""
        self._socket.send(_message(NFTABLES << 8 | GET_ELEMENT, REQUEST, _elements(table, name, [address])))
        answer = self._socket.recv(1 << 16)
        if struct.unpack_from("=H", answer, 4)[0] == ERROR:
            number = -struct.unpack_from("=i", answer, 16)[0]
            if number == NOT_FOUND:
                return None
            raise OSError(number, f"{address} in set {name}: {os.strerror(number)}")
        element = _attributes(_attributes(_attributes(answer[20:])[3])[1])
        return struct.unpack("!Q", element[EXPIRATION])[0] if EXPIRATION in element else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def add(name, addresses, table="gate25"):
    """The transaction that puts these addresses into a set, for ever."""
    return _transaction(_message(NFTABLES << 8 | NEW_ELEMENT, REQUEST | CREATE, _elements(table, name, addresses)))


def delete(name, addresses, table="gate25"):
    return _transaction(_message(NFTABLES << 8 | DELETE_ELEMENT, REQUEST, _elements(table, name, addresses)))


def flush(name, table="gate25"):
    return _transaction(_message(NFTABLES << 8 | DELETE_ELEMENT, REQUEST, _text(1, table) + _text(2, name)))


def _transaction(message):
    return _message(BATCH_BEGIN, REQUEST, b"", 0, NFTABLES) + message + _message(BATCH_END, REQUEST, b"", 0, NFTABLES)


def _message(kind, flags, body, family=INET, resource=0):
    return struct.pack("=IHHII", 20 + len(body), kind, flags, 0, 0) + struct.pack("!BBH", family, 0, resource) + body


def _elements(table, name, addresses):
    listed = b"".join(_nest(1, _nest(1, _attribute(1, _key(a)))) for a in addresses)
    return _text(1, table) + _text(2, name) + _nest(3, listed)


def _key(address):
    """Bytes are a key already: of an address and a port, say, each padded to four."""
    return address if isinstance(address, bytes) else ipaddress.ip_address(address).packed


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _nest(kind, value):
    return _attribute(kind | 0x8000, value)


def _text(kind, value):
    return _attribute(kind, value.encode() + b"\0")


def _attributes(data):
    found, at = {}, 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4:at + size]
        at += size + (-size % 4)
    return found
