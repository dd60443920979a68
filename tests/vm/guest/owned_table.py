# SPDX-License-Identifier: GPL-2.0-or-later
"""A table with an owner, made over netlink by hand: nft 1.0.6 knows no `persist`. (linux/netfilter/nf_tables.h)"""

import os
import socket
import struct

NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES, NFPROTO_INET = 12, 10, 1
NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFT_MSG_NEWTABLE = 16, 17, 0
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 1, 4, 0x400
NFTA_TABLE_NAME, NFTA_TABLE_FLAGS = 1, 2
OWNER, PERSIST = 2, 4


class OwnedTable:
    """Exists while this object is open, and with PERSIST longer. OSError tells what the kernel says."""

    def __init__(self, ns, name, flags):
        with ns.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.bind((0, 0))
        self._socket.settimeout(5)
        attributes = _attribute(NFTA_TABLE_NAME, name.encode() + b"\0") + _attribute(NFTA_TABLE_FLAGS, struct.pack(">I", flags))
        self._socket.send(_message(NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES)
                          + _message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET, 0, attributes)
                          + _message(NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES))
        if error := -struct.unpack_from("=i", self._socket.recv(8192), 16)[0]:
            self.close()
            raise OSError(error, os.strerror(error))

    def close(self):
        self._socket.close()


def _attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def _message(kind, flags, family, resource, attributes=b""):
    body = struct.pack(">BBH", family, 0, resource) + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags, 1, 0) + body
