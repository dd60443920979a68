# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds packets back and asks about them (NFQUEUE), with real connections: verdicts, and the bad days of who gives them."""

import contextlib
import errno
import socket

import pytest

from . import nft, watch
from .client import DELIVERED, send_direct
from .net import FOREIGN
from .raw import connect_behind_options
from .until import until
from .watch import Driver

MANY = 1_000_000


@pytest.fixture(autouse=True)
def no_rules(lab):
    yield
    watch.ask_no_more(lab)


def try_to_connect(ns, family, timeout=20.0):
    """"open" or "reset"; an exception for anything else."""
    try:
        ns.connect(FOREIGN[family], 25, timeout).close()
        return "open"
    except ConnectionRefusedError:
        return "reset"


@contextlib.contextmanager
def dialling(ns, family):
    """A connection under way that waits for nobody."""
    with ns.inside():
        sock = socket.socket({4: socket.AF_INET, 6: socket.AF_INET6}[family], socket.SOCK_STREAM)
    with sock:
        sock.setblocking(False)
        assert sock.connect_ex((FOREIGN[family], 25)) == errno.EINPROGRESS
        yield sock


def is_connected(sock):
    """Neither refused nor still waiting. (SO_ERROR tells of a refusal once only.)"""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def test_who_is_above_his_limit_is_reset_and_nobody_else(lab, family):
    watch.ask(lab)
    with Driver.queue(lab, most=3).opened() as driver:
        assert [try_to_connect(lab.alice, family) for _ in range(5)] == ["open"] * 3 + ["reset"] * 2
        assert [try_to_connect(lab.bob, family) for _ in range(3)] == ["open"] * 3
        seen = driver.source(lab.alice.address[family])
        assert (seen["packets"], seen["refused"], seen["destinations"]) == (5, 2, 1)
        assert driver.source(lab.bob.address[family])["refused"] == 0
        assert nft.counters(lab.router, ("inet", "refused"))["refused"].packets == 2
        health = driver.health()
        assert (health["packets"], health["unreadable"], health["lost"], health["waiting"], health["problem"]) == (8, 0, 0, 0, "")


def test_several_queues_answer_alike(lab, family):
    watch.ask(lab, count=4)
    with Driver.queue(lab, most=20, count=4).opened() as driver:
        assert [try_to_connect(lab.alice, family) for _ in range(24)] == ["open"] * 20 + ["reset"] * 4
        assert driver.health()["packets"] == 24


def test_packets_that_open_nothing_pass(lab, family):
    """Rules of others may send everything here."""
    watch.ask(lab, match=None)
    with Driver.queue(lab, most=MANY).opened() as driver:
        sent = send_direct(lab.alice, family)
        assert sent.code == DELIVERED, sent.transcript
        health = driver.health()
        assert health["unreadable"] > 5
        assert driver.source(lab.alice.address[family])["packets"] == health["packets"] - health["unreadable"] == 1


def test_nobody_escapes_behind_a_thousand_bytes_of_options(lab):
    watch.ask(lab)
    with Driver.queue(lab, most=1).opened() as driver:
        for wanted in ("open", "reset"):
            outcome = connect_behind_options(lab.alice, FOREIGN[6], 1010)
            assert {0: "open", errno.ECONNREFUSED: "reset"}[outcome] == wanted
        assert (driver.health()["packets"], driver.health()["unreadable"]) == (2, 0)


def test_a_burst_is_answered_whole_with_each_its_own_verdict(lab, family):
    """What waits together is answered together: twenty are let through, the others are reset."""
    watch.ask(lab)
    with Driver.queue(lab, most=20).opened() as driver, contextlib.ExitStack() as stack:
        driver.freeze()
        socks = [stack.enter_context(dialling(lab.alice, family)) for _ in range(60)]
        until(lambda: watch.queue_line(lab)[0] >= 60, "sixty packets to wait")
        driver.go_on()
        until(lambda: sum(map(is_connected, socks)) == 20, "twenty connections")
        until(lambda: watch.queue_line(lab)[0] == 0, "an empty queue")
        assert driver.source(lab.alice.address[family])["refused"] >= 40
        assert driver.health()["lost"] == 0


def test_frozen_and_open_what_finds_the_queue_full_passes(lab, family):
    watch.ask(lab, bypass=True)
    with Driver.queue(lab, most=MANY, longest=2).opened() as driver, dialling(lab.alice, family) as first, \
            dialling(lab.bob, family) as second:
        until(lambda: is_connected(first) and is_connected(second), "connections while all is well")
        driver.freeze()
        with dialling(lab.alice, family), dialling(lab.alice, family):
            until(lambda: watch.queue_line(lab)[0] == 2, "a full queue")
            assert try_to_connect(lab.bob, family) == "open"
            assert watch.queue_line(lab)[0] == 2
        driver.go_on()
        until(lambda: watch.queue_line(lab)[0] == 0, "an empty queue")
        before = driver.source(lab.bob.address[family])["packets"]
        assert try_to_connect(lab.bob, family) == "open"
        assert driver.source(lab.bob.address[family])["packets"] == before + 1


def test_frozen_and_closed_there_is_silence_until_it_goes_on(lab, family):
    watch.ask(lab)
    with Driver.queue(lab, most=MANY, longest=2, fail="closed").opened() as driver:
        driver.freeze()
        with dialling(lab.alice, family) as first, dialling(lab.alice, family) as second:
            until(lambda: watch.queue_line(lab)[0] == 2, "a full queue")
            with dialling(lab.bob, family) as third:
                until(lambda: watch.queue_line(lab)[1] > 0, "a packet that finds it full")
                assert not any(map(is_connected, (first, second, third)))
                driver.go_on()
                until(lambda: all(map(is_connected, (first, second, third))), "all three connections")
        assert driver.health()["full"] > 0


@pytest.mark.parametrize("end", ["kill", "frozen to death"])
def test_killed_with_bypass_everything_passes(lab, family, end):
    watch.ask(lab, bypass=True)
    with Driver.queue(lab, most=0).opened() as driver:
        assert try_to_connect(lab.alice, family) == "reset"
        if end != "kill":
            driver.freeze()
        driver.kill()
        until(lambda: watch.queue_line(lab) is None, "the queue to be nobody's")
        assert [try_to_connect(lab.alice, family) for _ in range(3)] == ["open"] * 3


def test_killed_without_bypass_there_is_silence_until_it_is_back(lab, family):
    watch.ask(lab)
    with Driver.queue(lab, most=MANY, fail="closed").opened() as driver:
        driver.kill()
    until(lambda: watch.queue_line(lab) is None, "the queue to be nobody's")
    before = watch.asked(lab, family)
    with dialling(lab.alice, family) as sock:
        until(lambda: watch.asked(lab, family) > before, "a packet at the rule")
        assert not is_connected(sock)
        with Driver.queue(lab, most=MANY, fail="closed").opened() as driver:
            until(lambda: is_connected(sock), "the connection")
            assert driver.source(lab.alice.address[family])["packets"] == 1


def test_a_queue_that_somebody_else_has_is_taken_when_he_ends(lab, family):
    watch.ask(lab)
    with Driver.queue(lab, most=0).opened() as first, Driver.queue(lab, most=MANY) as second:
        health = second.health()
        assert not health["is_open"]
        assert "another program has NFQUEUE 25" in health["problem"]
        assert try_to_connect(lab.alice, family) == "reset"
        first.kill()
        second.opened()
        assert second.health()["problem"] == ""
        assert try_to_connect(lab.alice, family) == "open"


def test_whether_the_kernel_can_queue_is_what_nft_says(lab):
    """And the question leaves nothing behind."""
    with Driver.queue(lab, most=0).opened() as driver:
        said = driver.state()["can_queue"]
    assert nft.tables(lab.router) == []
    tried = lab.router.run("nft", "-f", "-", input="table inet by_hand {\n chain forward {\n  queue num 25 bypass\n }\n}\n", check=False)
    assert said == (tried.returncode == 0), tried.stderr
