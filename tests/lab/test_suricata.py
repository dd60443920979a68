# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Suricata on the subscribers' side of the router: what it writes to the agent's socket becomes quarantines."""

import contextlib
import os
import signal
import sqlite3
import time

import pytest

from . import suricata
from .client import DELIVERED, NO_CONNECTION, send_direct
from .net import ADDRESS, FOREIGN
from .suricata import Suricata
from .until import until

# What it means stands in the rule (gate25_kind), or in its classtype.
STORM = ('alert tcp any any -> any 25 (msg:"many connections to mail servers"; flags:S; threshold:type both, track by_src, '
         'count 5, seconds 60; metadata:gate25_kind bot; sid:2500001; rev:1;)')
GREETING = ('alert tcp any any -> any 25 (msg:"a bot greets"; flow:to_server,established,no_stream; content:"EHLO bot."; '
            'classtype:trojan-activity; sid:2500002; rev:1;)')
ANSWER = ('alert tcp any 25 -> any any (msg:"a server refuses the recipient"; flow:to_client,established,no_stream; '
          'content:"554 5.7.1"; metadata:gate25_kind spam; sid:2500003; rev:1;)')
SCAN = ('alert tcp any any -> any 25 (msg:"seen"; flow:to_server,established,no_stream; content:"EHLO"; '
        'classtype:misc-activity; sid:2500004; rev:1;)')
RULES = (STORM, GREETING, ANSWER)
AT_ONCE = 5.0   # seconds from the packet to the quarantine; some tenths are usual

REPORTER = {"name": "ids", "users": [suricata.USER]}


class Watched:
    """An agent and the Suricata that tells it of alice."""

    def __init__(self, lab, start_agent):
        self._lab = lab
        self._start_agent = start_agent
        self.agent = self.suricata = None

    def start_agent(self, **settings):
        self.agent = self._start_agent(**{"port25": {"policy": "open"}, "reporter": [REPORTER], **settings,
                                          "agent": {"eve_socket": str(self.socket), **settings.get("agent", {})}})
        return self.agent

    def start_suricata(self, rules=RULES):
        number = len(list(self._lab.home.glob("suricata-*")))
        self.suricata = Suricata(self._lab.router, self._lab.home / f"suricata-{number}", "alice", self.socket, rules)
        return self.suricata.start()

    @property
    def socket(self):
        return self._lab.home / "eve.sock"

    def eve(self):
        return self.agent.gate25("status")["eve"]

    def quarantine(self, family):
        """The one that comes for alice within seconds, and no other."""
        def found():
            return [q for q in self.agent.quarantines() if q["prefix"] == PREFIX[family]]
        first = until(found, f"alice's quarantine\n{self.suricata.log()}", AT_ONCE)[0]
        assert len(self.agent.quarantines()) == 1
        return first

    def alerts(self, family):
        """About alice, newest first, each with what the store knows of it."""
        alerts = self.agent.gate25("history", ADDRESS["alice"][family])["alerts"]
        database = sqlite3.connect(f"file:{self.agent.home / 'state' / 'gate25.db'}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        with contextlib.closing(database):
            read = "SELECT format, attributed, evidence FROM alert WHERE id = ?"
            return [{**alert, **database.execute(read, [alert["id"]]).fetchone()} for alert in alerts]


PREFIX = {4: "100.64.1.2", 6: "2001:db8:1000:100::/56"}


@pytest.fixture
def watched(lab, start_agent):
    both = Watched(lab, start_agent)
    yield both
    if both.suricata:
        print(both.suricata.log())
        both.suricata.stop()


def storm(ns, family):
    """What STORM looks for."""
    for _ in range(6):
        try:
            ns.connect(FOREIGN[family], 25).close()
        except OSError:
            return      # he is in quarantine already


def greet_as_bot(ns, family):
    return send_direct(ns, family, "--helo", "bot.example")


def test_a_storm_of_connections_leads_to_quarantine(lab, watched, family):
    watched.start_agent(quarantine={"level": "mail", "duration": ["2h"]})
    watched.start_suricata()
    assert send_direct(lab.alice, family).code == DELIVERED
    begun = time.time()
    storm(lab.alice, family)
    quarantine = watched.quarantine(family)
    print(f"from the first packet to the quarantine: {time.time() - begun:.2f} s")
    assert (quarantine["level"], quarantine["by"]) == ("mail", suricata.USER)
    assert 7000 < quarantine["seconds_left"] <= 7200
    assert send_direct(lab.alice, family).code == NO_CONNECTION
    assert send_direct(lab.bob, family).code == DELIVERED
    alert = watched.alerts(family)[-1]
    assert (alert["format"], alert["attributed"], alert["kind"], alert["outcome"]) == ("eve", "ids", "bot", "decided")
    assert "2500001" in alert["evidence"] and "many connections to mail servers" in alert["evidence"]
    assert alert["decision"] == quarantine["id"]


def test_what_the_bot_says_leads_to_quarantine(lab, watched, family):
    watched.start_agent()
    watched.start_suricata()
    greet_as_bot(lab.alice, family)
    assert watched.quarantine(family)["level"] == "port25"
    alert = watched.alerts(family)[-1]
    assert alert["kind"] == "malware" and "2500002" in alert["evidence"]


def test_an_alert_on_the_servers_answer_is_about_the_subscriber(lab, watched, family):
    watched.start_agent()
    watched.start_suricata()
    lab.alice.run("swaks", f"-{family}", "--server", FOREIGN[family], "--timeout", 5, "--from", "a@subscriber.example",
                  "--to", "relay-me@elsewhere.example", check=False)
    watched.quarantine(family)
    alert = watched.alerts(family)[-1]
    assert alert["kind"] == "spam" and "2500003" in alert["evidence"]
    assert alert["address"] == ADDRESS["alice"][family]
    assert alert["port"] not in (None, 25)      # his own, not the server's


def test_flows_statistics_and_mere_observations_quarantine_nobody(lab, watched, family):
    watched.start_agent()
    watched.start_suricata((SCAN,))
    assert send_direct(lab.alice, family).code == DELIVERED
    until(lambda: watched.eve()["alerts"] > 0, "the observation", AT_ONCE)
    until(lambda: watched.eve()["passed_over"] > 3, "flows and statistics")
    assert watched.agent.quarantines() == []
    assert [(a["kind"], a["outcome"]) for a in watched.alerts(family)] == [("other", "recorded")]
    assert watched.eve()["unreadable"] == watched.eve()["too_long"] == 0
    assert send_direct(lab.alice, family).code == DELIVERED


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_suricata_comes_back_to_an_agent_that_was_restarted(lab, watched, family, end):
    agent = watched.start_agent()
    watched.start_suricata()
    until(lambda: watched.eve()["lines"] > 0, "the first line")
    getattr(agent, end)()
    agent.start()
    until(lambda: watched.eve()["lines"] > 0, "the first line after the restart")
    greet_as_bot(lab.alice, family)
    watched.quarantine(family)


def test_suricata_may_be_there_first(lab, watched, family):
    watched.start_suricata()
    watched.start_agent()
    until(lambda: watched.eve()["lines"] > 0, "the first line")
    greet_as_bot(lab.alice, family)
    watched.quarantine(family)


def test_a_suricata_of_somebody_else_is_refused(lab, watched, family):
    """Its user is no reporter; another one is, so that the socket is open to all and the agent decides."""
    agent = watched.start_agent(reporter=[{"name": "ids", "users": ["daemon"]}])
    watched.start_suricata()
    greet_as_bot(lab.alice, family)
    until(lambda: f"refused: user {suricata.USER}" in agent.log(), "the refusal in the log")
    storm(lab.alice, family)
    assert watched.eve()["lines"] == 0
    assert agent.quarantines() == []
    assert send_direct(lab.alice, family).code == DELIVERED


def test_while_the_agent_reads_nothing_suricata_drops_and_goes_on(lab, watched, family):
    """Neither end keeps what the other cannot take: Suricata looks at packets as before, and says what it dropped."""
    each_packet = 'alert tcp any any -> any 25 (msg:"a packet"; metadata:gate25_kind bot; sid:2500005; rev:1;)'
    agent = watched.start_agent()
    watched.start_suricata((each_packet,))
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        for _ in range(300):
            lab.alice.connect(FOREIGN[family], 25).close()
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    watched.quarantine(family)
    watched.suricata.stop()
    assert "dropped due to slow or disconnected socket" in watched.suricata.log()
