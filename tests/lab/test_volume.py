# SPDX-License-Identifier: GPL-2.0-or-later
"""Attempts and connections as the agent counts them, and what its limits do: the whole way, with packets."""

import pytest

from . import nft
from .net import FOREIGN, RELAY
from .until import until

ALERT = {"volume": {"mode": "enforce"}, "limit": [{"limit": "attempts 5/hour", "then": "alert"}]}
QUEUE = {"port25": {"policy": "open"}, "volume": {"mode": "enforce", "verdicts": "external"},
         "limit": [{"limit": "connections 3/hour"}]}


def answer(ns, host, port=25, timeout=2.0):
    """The first word of whoever answers, else refused or silence."""
    try:
        with ns.connect(host, port, timeout) as connection:
            return connection.recv(3).decode()
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silence"


def counted(agent, address, quantity, window="hour"):
    told = agent.gate25("volume", address)
    return next(one[window]["value"] for one in told["values"] if one["quantity"] == quantity)


def test_whoever_knocks_too_often_is_quarantined(lab, start_agent, family):
    agent = start_agent(**ALERT)
    alice = lab.alice.address[family]
    for _ in range(5):
        assert answer(lab.alice, FOREIGN[family]) == "refused"
    until(lambda: counted(agent, alice, "attempts") == 5, "five attempts to be counted")
    assert counted(agent, alice, "attempted-destinations") == 1
    assert agent.quarantines() == []
    assert answer(lab.alice, FOREIGN[family]) == "refused"
    until(agent.quarantines, "the alert")
    assert agent.quarantines()[0]["by"] == "gate25"
    assert "6 refused connections to port 25 within an hour, more than 5" in agent.command("show", alice).stdout
    before = nft.packets(lab.router, "port25_", family)
    assert answer(lab.alice, FOREIGN[family]) == "refused"
    assert nft.packets(lab.router, "port25_", family) > before
    assert answer(lab.alice, RELAY[family]) == "220"


def test_nobody_is_quarantined_in_monitor_mode(lab, start_agent, family):
    agent = start_agent(volume={"mode": "monitor"}, limit=ALERT["limit"])
    for _ in range(8):
        answer(lab.alice, FOREIGN[family])
    until(lambda: agent.gate25("status")["volume"]["would_alert"] == 1, "what would have been an alert")
    assert agent.quarantines() == []


def test_meters_of_the_kernel_hold_a_limit(lab, start_agent, family):
    """This kernel has no queue in nftables; the agent says so once and counts what is let through."""
    agent = start_agent(port25={"policy": "open"}, volume={"mode": "enforce"}, limit=[{"limit": "connections 3/hour"}])
    status = agent.gate25("status")["volume"]
    if status["verdicts"] != "meters":
        pytest.skip("this kernel has nft queue: tests/vm tests it")
    assert agent.log().count("no queue") == 1
    assert [answer(lab.alice, FOREIGN[family]) for _ in range(5)] == ["220"] * 3 + ["refused"] * 2
    assert answer(lab.bob, FOREIGN[family]) == "220"
    assert nft.packets(lab.router, "volume", family) >= 2
    until(lambda: counted(agent, lab.alice.address[family], "connections") >= 3, "the connections to be counted")


@pytest.fixture
def own_rule(lab):
    """The operator's own rules send first packets to the agent."""
    words = ["FORWARD", "-p", "tcp", "--dport", "25", "--syn", "-j", "NFQUEUE", "--queue-num", "25", "--queue-bypass"]
    for tables in ("iptables-legacy", "ip6tables-legacy"):
        lab.router.run(tables, "-A", *words)
    yield
    for tables in ("iptables-legacy", "ip6tables-legacy"):
        lab.router.run(tables, "-D", *words)


def test_the_agent_gives_verdicts(lab, start_agent, own_rule, family):
    agent = start_agent(**QUEUE)
    alice = lab.alice.address[family]
    assert [answer(lab.alice, FOREIGN[family]) for _ in range(5)] == ["220"] * 3 + ["refused"] * 2
    assert answer(lab.bob, FOREIGN[family]) == "220"
    assert nft.packets(lab.router, "volume", family) >= 2
    assert counted(agent, alice, "connections") == 3
    told = agent.gate25("status")["volume"]
    assert (told["refused"], told["queues"]["open"]) == (2, True)


def test_sums_survive_a_restart_and_a_kill(lab, start_agent, own_rule, family):
    agent = start_agent(**QUEUE)
    alice = lab.alice.address[family]
    assert [answer(lab.alice, FOREIGN[family]) for _ in range(3)] == ["220"] * 3
    agent.stop()
    assert answer(lab.alice, FOREIGN[family]) == "220"    # nobody is asked: the rule's bypass
    agent.start()
    assert counted(agent, alice, "connections") == 3
    assert answer(lab.alice, FOREIGN[family]) == "refused"
    agent.kill()
    agent.start()
    assert answer(lab.alice, FOREIGN[family]) == "refused"


def test_counting_follows_a_reload(lab, start_agent, family):
    agent = start_agent(port25={"policy": "open"})
    assert agent.gate25("status")["volume"] is None
    agent.configure({"port25": {"policy": "open"}, "volume": {}})
    agent.reload()
    assert answer(lab.alice, FOREIGN[family]) == "220"
    until(lambda: counted(agent, lab.alice.address[family], "connections") == 1, "the connection to be counted")
    agent.configure({"port25": {"policy": "open"}})
    agent.reload()
    assert agent.gate25("status")["volume"] is None
    assert answer(lab.alice, FOREIGN[family]) == "220"


def test_a_notice_tells_why_and_the_attempt_counts(lab, start_agent, family):
    text = "Mail goes to port 587 of your provider, see https://help.example/mail"
    agent = start_agent(port25={"deny": "notice", "notice_text": text}, volume={})
    alice = lab.alice.address[family]
    with lab.alice.connect(FOREIGN[family], 25) as connection:
        lines = connection.makefile("rwb")
        assert lines.readline().decode() == f"554 5.7.1 {text}\r\n"
        lines.write(b"QUIT\r\n")
        lines.flush()
        assert lines.readline().startswith(b"221 ")
        assert lines.read() == b""
    assert answer(lab.alice, RELAY[family]) == "220"
    assert nft.packets(lab.router, "notice", family) == 1
    until(lambda: counted(agent, alice, "attempts") == 1, "the attempt to be counted")
    status = agent.gate25("status")["notice"]
    assert (status["served"], status["refused"]) == (1, 0)
    agent.gate25("quarantine", alice)
    assert answer(lab.alice, FOREIGN[family]) == "554"
    agent.gate25("exempt", alice)
    agent.gate25("release", alice)
    assert answer(lab.alice, FOREIGN[family]) == "220"


def test_a_notice_is_for_those_who_were_redirected_only(lab, start_agent, family):
    """The port itself is no service for the world."""
    start_agent(port25={"deny": "notice"})
    # The reset may be there before connect() has come back.
    with pytest.raises(ConnectionResetError), lab.router.connect({4: "127.0.0.1", 6: "::1"}[family], 2554) as connection:
        connection.recv(100)
