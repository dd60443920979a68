# SPDX-License-Identifier: GPL-2.0-or-later
"""A reporter who goes on however often the agent dies, and remembers what he was told."""

import contextlib
import ipaddress
import threading
import time

from lab.api import NO_ANSWER, NOBODY_THERE, Client, alerts_about

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
        self.slowest = 0.0

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
            assert self._changed.wait_for(lambda: self._sent > before or self._failure, 60), "nobody takes alerts"

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
            begun = time.monotonic()
            try:
                answer = client.ask("POST", "/v1/alerts", alerts_about([address])[0])
            except NO_ANSWER:
                self.unanswered.append(address)
                return
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if answer.status == 200:
            self.answered[address] = answer.body["alerts"][0]["quarantine"]
        else:
            self.refused[address] = answer
