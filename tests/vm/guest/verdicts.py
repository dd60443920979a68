# SPDX-License-Identifier: GPL-2.0-or-later
"""nftables' own queue, which not every kernel has: tests/lab/test_verdict_queue.py has the bad days, behind iptables' rule."""

import contextlib

from lab import nft
from lab.net import FOREIGN
from lab.until import until
from lab.watch import RESET_REFUSED, Driver
from place import answer

FIRST_PACKET = "tcp dport 25 tcp flags & (syn | ack | rst | fin) == syn"
ASK = f"""table inet asking {{
 chain forward {{ type filter hook forward priority filter;
  {FIRST_PACKET} log group 26 queue flags bypass,fanout to 25-28
 }}
}}
"""


@contextlib.contextmanager
def asking(place):
    nft.load(place.router, RESET_REFUSED + ASK)
    try:
        yield
    finally:
        nft.flush_ruleset(place.router)


def verdicts(place, most):
    return Driver.queue(place, most, count=4)


def check_the_agent_knows_that_rules_may_queue(place):
    with verdicts(place, 0) as driver:
        assert driver.state()["can_queue"] is True
    assert nft.tables(place.router) == []


def check_who_is_above_his_limit_is_reset_and_nobody_else(place, family):
    with asking(place), verdicts(place, 3) as driver:
        driver.opened()
        assert [answer(place.alice, FOREIGN[family]) for _ in range(5)] == ["internet 25"] * 3 + ["refused"] * 2
        assert answer(place.bob, FOREIGN[family]) == "internet 25"
        health = driver.health()
        assert (health["packets"] >= 6, health["unreadable"], health["lost"], health["waiting"]) == (True, 0, 0, 0), health


def check_while_nobody_answers_they_pass(place, family):
    with asking(place), verdicts(place, 0) as driver:
        driver.opened()
        assert answer(place.alice, FOREIGN[family]) == "refused"
        driver.kill()
        assert answer(place.alice, FOREIGN[family]) == "internet 25"


def check_what_is_queued_can_be_logged_too(place, family):
    with asking(place), Driver(place, "log", 26) as driver:
        driver.opened()
        assert answer(place.alice, FOREIGN[family]) == "internet 25"
        until(lambda: driver.source(place.alice.address[family])["packets"] > 0, "the packet", 20)
