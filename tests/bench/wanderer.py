# SPDX-License-Identifier: GPL-2.0-or-later
"""A subscriber in quarantine whose every session has another address and another /56; her access server's packets by hand."""

import hashlib
import socket
import struct
import time

import subscriber

from lab.until import until

NAME, FIRST = "wanderer@provider.example", 500_000
START, ACCOUNTING_ON = 1, 7
USER, SERVER_ADDRESS, FRAMED_ADDRESS, SERVER, STATUS, SESSION, EVENT, DELEGATED = 1, 4, 8, 32, 40, 44, 55, 123
ACCOUNTING_REQUEST = 4


class Wanderer:
    def __init__(self, router, port, secret):
        self._router, self._secret, self._sent, self._sessions = router, secret.encode(), 0, 0
        with router.inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", port))

    def begin(self):
        """Her first session, which makes her known."""
        self._answer_to(self._start())

    def move(self):
        """A session of hers begins. Milliseconds until the kernel refuses her new addresses of both families, and until the packet is
        answered; to ask the kernel takes some of them."""
        begun = time.perf_counter()
        sent = self._start()
        until(self.is_refused, "the kernel to refuse her", 10)
        covered = time.perf_counter() - begun
        self._answer_to(sent)
        return covered * 1000, (time.perf_counter() - begun) * 1000

    def is_refused(self):
        """By the kernel, where she is now, in both families."""
        return all(self._router.run("nft", "get", "element", "inet", "gate25", name, f"{{ {address} }}", check=False).returncode == 0
                   for name, address in (("quarantine4_port25", self._v4()), ("quarantine6_port25", self._v6())))

    def restart(self, address, server):
        """Another access server says that it begins anew, so all its sessions are over. Waits for no answer."""
        self._send({STATUS: struct.pack("!I", ACCOUNTING_ON), SERVER_ADDRESS: socket.inet_aton(address)}, server.encode())

    def _start(self):
        self._sessions += 1
        return self._send({USER: NAME.encode(), SESSION: b"w%d" % self._sessions, STATUS: struct.pack("!I", START),
                           FRAMED_ADDRESS: socket.inet_aton(self._v4()),
                           DELEGATED: b"\0\x38" + socket.inet_pton(socket.AF_INET6, self._v6())[:7]}, b"bras-2")

    def _answer_to(self, sent):
        while self._socket.recv(4096)[1] != sent:
            pass

    def _v4(self):
        return subscriber.v4(FIRST + self._sessions)

    def _v6(self):
        return subscriber.v6(FIRST + self._sessions)

    def _send(self, attributes, server):
        self._sent = (self._sent + 1) % 256
        attributes = {**attributes, SERVER: server, EVENT: struct.pack("!I", int(time.time()))}
        body = b"".join(bytes([kind, len(value) + 2]) + value for kind, value in attributes.items())
        head = struct.pack("!BBH", ACCOUNTING_REQUEST, self._sent, 20 + len(body))
        self._socket.send(head + hashlib.md5(head + bytes(16) + body + self._secret).digest() + body)
        return self._sent
