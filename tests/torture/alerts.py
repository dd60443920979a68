# SPDX-License-Identifier: GPL-2.0-or-later
"""A reporter who goes on however often the agent dies, and remembers what he was told."""

import contextlib
import http.client
import ipaddress
import json
import socket
import threading
import time
from collections import namedtuple

NOBODY_THERE = (FileNotFoundError, ConnectionRefusedError)
NO_ANSWER = (ConnectionError, http.client.HTTPException)

Answer = namedtuple("Answer", "status body")


class Client(http.client.HTTPConnection):
    """HTTP over a unix socket; one request each, sent in one piece."""

    def __init__(self, path, timeout=10.0):
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


def send_alert(path, *addresses):
    """One address as one object, several as a stream: one request, so one transaction."""
    lines = [json.dumps({"address": address, "kind": "spam"}) for address in addresses]
    kind = "application/json" if len(lines) == 1 else "application/x-ndjson"
    return ask(path, "POST", "/v1/alerts", "\n".join(lines), kind=kind)


def subscriber(number):
    """An address of its own for each number up to 65535, the families in turn."""
    high, low = divmod(number // 2, 256)
    return f"100.80.{high}.{low}" if number % 2 else str(ipaddress.ip_address(f"2001:db8:{0x1800 + high:x}:{low:02x}00::1"))


class AlertStream:
    """`with AlertStream(agent) as stream:` accuses one subscriber after the other, at a steady rate.

    answered: address -> number of the quarantine; unanswered: sent, and no answer came; refused: address -> answer.
    While nobody listens it tries again with the same address.
    """

    def __init__(self, agent, per_second=50):
        self._socket = agent.home / "alert.sock"
        self._pace = 1 / per_second
        self._sent = self._over = 0
        self._changed = threading.Condition()
        self._turn = threading.Lock()       # whoever holds it decides whether an alert may be under way
        self._failure = None
        self._thread = threading.Thread(target=self._run)
        self.answered, self.unanswered, self.refused = {}, [], {}

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over = True
        self._thread.join()
        if self._failure:
            raise self._failure

    @contextlib.contextmanager
    def paused(self):
        """No alert is under way."""
        with self._turn:
            yield

    def next_send(self):
        """Comes back right after the next alert was begun."""
        with self._changed:
            before = self._sent
            assert self._changed.wait_for(lambda: self._sent > before or self._failure, 10), "nobody takes alerts"

    def _run(self):
        try:
            due = time.monotonic()
            while not self._over:
                with self._turn:
                    self._accuse(subscriber(len(self.answered) + len(self.unanswered) + len(self.refused)))
                due = max(due + self._pace, time.monotonic() - 1)
                time.sleep(max(0, due - time.monotonic()))
        except Exception as failure:  # the thread that asked for the stream raises it
            self._failure = failure

    def _accuse(self, address):
        client = Client(self._socket)
        try:
            client.connect()
        except NOBODY_THERE:
            return
        with contextlib.closing(client):
            with self._changed:
                self._sent += 1
                self._changed.notify_all()
            try:
                answer = client.ask("POST", "/v1/alerts", json.dumps({"address": address, "kind": "spam"}))
            except NO_ANSWER:
                self.unanswered.append(address)
                return
        if answer.status == 200:
            self.answered[address] = answer.body["alerts"][0]["quarantine"]
        else:
            self.refused[address] = answer
