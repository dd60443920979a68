# SPDX-License-Identifier: GPL-2.0-or-later
"""Two others write tables of their own and a third dumps the ruleset, as fast as they can; alerts go on meanwhile."""

import threading
import time

from lab.api import ask
from lab.elements import read_kernel

from .alerts import AlertStream
from .truth import agree, lost, read_dead_store

TABLE = """table inet {name} {{
 set one {{ type ipv4_addr; flags interval; elements = {{ 192.0.2.0/25, 198.51.100.0/24 }}; }}
 chain forward {{ type filter hook forward priority 50; policy accept; ip saddr @one counter; }}
}}
"""
LOAD, DELETE, DUMP = ["nft", "-f", "-"], ["nft", "delete", "table", "inet"], ["nft", "list", "ruleset"]


class Others:
    """`with Others(ns) as others:`; afterwards `turns` says how often each of them came round."""

    def __init__(self, ns):
        self._ns, self._over = ns, threading.Event()
        self.turns, self._failures = {}, []

    def _write(self, name):
        self._ns.run(*LOAD, input=TABLE.format(name=name))
        self._ns.run(*DELETE, name)

    def _go_on(self, name, turn):
        self.turns[name] = 0
        try:
            while not self._over.is_set():
                turn()
                self.turns[name] += 1
        except Exception as failure:  # raised by the thread that asked for them
            self._failures.append(failure)

    def __enter__(self):
        turns = {"first": lambda: self._write("first"), "second": lambda: self._write("second"),
                 "dump": lambda: self._ns.run(*DUMP)}
        self._threads = [threading.Thread(target=self._go_on, args=one) for one in turns.items()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]


def test_other_writers_cost_no_alert(lab, start_agent, rounds):
    seconds, reloads = rounds(10, 600), 0
    agent = start_agent(port25={"policy": "open"})
    with Others(lab.router) as others, AlertStream(agent, per_second=100) as stream:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            agent.reload()
            assert ask(agent.socket, "GET", "/v1/status").body["counters"], "the counters could not be read"
            reloads += 1
    print(f"turns of the others {others.turns}, {len(stream.answered)} alerts, {reloads} reloads")
    assert min(others.turns.values()) > 10 and reloads > 10
    assert stream.refused == {} and stream.unanswered == []
    assert len(stream.answered) > 10 * seconds
    assert lost(stream.answered, agree(agent, lab.router), read_kernel(lab.router)) == []
    assert agent.gate25("status")["kernel"]["repairs"] == 0


def test_an_alert_that_is_lost_would_be_seen(lab, start_agent):
    """So that the empty lists above mean something: a second writer who does touch our table, and nobody to repair it."""
    agent = start_agent(port25={"policy": "open"})
    with AlertStream(agent, per_second=100) as stream:
        stream.next_send()
        stream.next_send()
    agent.kill()
    store = read_dead_store(agent.home / "state")
    assert lost(stream.answered, store, read_kernel(lab.router)) == []
    lab.router.run("nft", "flush", "set", "inet", "gate25", "quarantine4_port25")
    lab.router.run("nft", "flush", "set", "inet", "gate25", "quarantine6_port25")
    assert lost(stream.answered, store, read_kernel(lab.router)) == list(stream.answered)
