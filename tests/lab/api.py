# SPDX-License-Identifier: GPL-2.0-or-later
"""The API without the command in between: one request each, sent in one piece."""

import contextlib
import http.client
import json
import socket
from collections import namedtuple

NOBODY_THERE = (FileNotFoundError, ConnectionRefusedError)
NO_ANSWER = (ConnectionError, http.client.HTTPException)

Answer = namedtuple("Answer", "status body")


class Client(http.client.HTTPConnection):
    """HTTP over a unix socket. The time is for a disk that others keep busy."""

    def __init__(self, path, timeout=60.0):
        super().__init__("gate25", timeout=timeout)
        self._path = str(path)
        self._pieces = []

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise

    def send(self, data):
        self._pieces.append(data)

    def ask(self, method, path, body=None, kind="application/json"):
        if self.sock is None:
            self.connect()
        self.request(method, path, body and body.encode(), {"Content-Type": kind} if body else {})
        self.sock.sendall(b"".join(self._pieces))
        response = self.getresponse()
        return Answer(response.status, json.loads(response.read()))


def ask(path, *words, **options):
    with contextlib.closing(Client(path)) as client:
        return client.ask(*words, **options)


def alerts_about(addresses):
    """One address as one object, several as a stream: one request, so one transaction. The body, and its kind."""
    lines = [json.dumps({"address": address, "kind": "spam"}) for address in addresses]
    return "\n".join(lines), "application/json" if len(lines) == 1 else "application/x-ndjson"


def send_alert(path, *addresses):
    body, kind = alerts_about(addresses)
    return ask(path, "POST", "/v1/alerts", body, kind=kind)
