# SPDX-License-Identifier: GPL-2.0-or-later
"""Decisions inside each other, in any order of coming, changing, ending and expiring: packets against a small model."""

import json
import random
import time
from urllib.parse import quote

import pytest

from lab.api import ask
from lab.until import until

from .overlap_model import BLUR, PORTS, Model
from .probes import Probes

# Per family: the further lengths, the prefixes that decisions are made for, and the hosts that are asked about. The
# first half of the hosts lies where the policy is open, the other where it is block.
LENGTHS = {4: [20, 24, 28], 6: [48, 64, 128]}
PREFIXES = {
    4: ["100.72.16.0/20", "100.72.16.0/24", "100.72.17.0/24", "100.72.16.0/28", "100.72.16.16/28", "100.72.16.3",
        "100.72.16.4", "100.72.16.20", "100.72.17.9", "100.73.0.0/20", "100.73.1.0/24", "100.73.1.32/28", "100.73.1.33"],
    6: ["2001:db8:1a00::/48", "2001:db8:1a00:100::/56", "2001:db8:1a00:200::/56", "2001:db8:1a00:100::/64",
        "2001:db8:1a00:101::/64", "2001:db8:1a00:100::3/128", "2001:db8:1a00:100::4/128", "2001:db8:1a00:101::3/128",
        "2001:db8:1b00::/48", "2001:db8:1b00:300::/56", "2001:db8:1b00:301::/64", "2001:db8:1b00:301::5/128"],
}
HOSTS = {
    4: ["100.72.16.3", "100.72.16.4", "100.72.16.5", "100.72.16.20", "100.72.16.200", "100.72.17.9", "100.72.17.10",
        "100.72.31.1", "100.73.1.33", "100.73.1.34", "100.73.1.200", "100.73.2.1"],
    6: ["2001:db8:1a00:100::3", "2001:db8:1a00:100::4", "2001:db8:1a00:101::3", "2001:db8:1a00:101::9",
        "2001:db8:1a00:1ff::1", "2001:db8:1a00:200::1", "2001:db8:1a00:ff00::1", "2001:db8:1b00:301::5",
        "2001:db8:1b00:301::6", "2001:db8:1b00:302::1", "2001:db8:1b00:400::1"],
}
BLOCKED = {4: ["100.73.0.0/16"], 6: ["2001:db8:1b00::/40"]}
LEVELS = ["notify", "port25", "mail", "garden"]

PARENT = {4: "100.72.16.0/24", 6: "2001:db8:1a00:100::/64"}
HOST = {4: "100.72.16.3", 6: "2001:db8:1a00:100::3/128"}
GRANDPARENT = {4: "100.72.16.0/20", 6: "2001:db8:1a00:100::/56"}
LONG = 3600


class Trial:
    """Each change goes to the agent and to the model, and then every host is asked about."""

    def __init__(self, agent, probes, family):
        self.agent = agent
        self._socket, self._probes, self._family = agent.socket, probes, family
        self.model, self.asked, self.history = Model(BLOCKED[family]), 0, []

    def quarantine(self, prefix, level="port25", seconds=LONG):
        self._decide("quarantines", {"prefix": prefix, "level": level, "seconds": seconds}, prefix, level, seconds)

    def exempt(self, prefix, seconds=LONG):
        self._decide("exemptions", {"prefix": prefix, "seconds": seconds}, prefix, None, seconds)

    def end(self, prefix, exemption=False):
        kind = "exemptions" if exemption else "quarantines"
        # Named by its address alone, whatever holds a host would end, at every length.
        exact = prefix if "/" in prefix else prefix + "/32"
        answer = ask(self._socket, "DELETE", f"/v1/{kind}/{quote(exact, safe='')}")
        assert answer.status in (200, 404), answer
        self.history.append(f"end of {kind} {prefix}: {answer.status}")
        self.model.end(prefix, exemption)

    def check(self):
        """Asked again when something ended while the packets were under way: then either answer is right."""
        while True:
            since = time.monotonic()
            self.model.forget_what_is_over()
            passed = self._probes.passed(HOSTS[self._family], PORTS)
            if self.model.is_certain(since, time.monotonic()):
                break
        wanted = {host: self.model.passes(host) for host in HOSTS[self._family]}
        self.asked += len(wanted) * len(PORTS)
        assert passed == wanted, "\n".join(
            [f"{h}: {sorted(passed[h])} pass, not {sorted(wanted[h])}" for h in wanted if passed[h] != wanted[h]]
            + ["after:"] + self.history[-40:])

    def wait_for_the_next_end(self):
        end = self.model.next_end()
        until(lambda: time.monotonic() > end + BLUR, "the next decision to end", 60)

    def _decide(self, kind, body, prefix, level, seconds):
        asked = time.monotonic()
        answer = ask(self._socket, "POST", f"/v1/{kind}", json.dumps(body))
        assert answer.status in (200, 201), answer
        self.model.put(prefix, level, seconds, asked, time.monotonic())
        self.history.append(f"{kind} {prefix} {level} for {seconds} s")


@pytest.fixture
def trial(lab, start_agent, family):
    agent = start_agent(
        network={f"further_lengths_ipv{family}": LENGTHS[family]},
        port25={"policy": "open"},
        prefix=[{"match": BLOCKED[family], "policy": "block"}],
        garden={"allow": ["203.0.113.0/24", "2001:db8:80::/64"]},
    )
    with Probes(lab, family) as probes:
        yield Trial(agent, probes, family)


def test_a_host_in_a_prefix_outlives_it(trial, family):
    """/64, then a host in it, then the /64 expires."""
    trial.quarantine(PARENT[family], "mail", 2)
    trial.check()
    trial.quarantine(HOST[family], "port25", LONG)
    trial.check()
    trial.wait_for_the_next_end()
    trial.check()
    assert len(trial.model.quarantines) == 1


def test_a_prefix_outlives_a_host_in_it(trial, family):
    trial.quarantine(HOST[family], "notify", 2)
    trial.check()
    trial.quarantine(PARENT[family], "garden", LONG)
    trial.check()
    trial.wait_for_the_next_end()
    trial.check()
    assert len(trial.model.quarantines) == 1


def test_the_longer_prefix_decides_whichever_came_first(trial, family):
    """A /56 over a /64 and under it, harder and milder."""
    for first, second in [(GRANDPARENT, PARENT), (PARENT, GRANDPARENT)]:
        for levels in [("garden", "notify"), ("notify", "garden"), ("port25", "mail")]:
            for prefix, level in zip((first[family], second[family]), levels):
                trial.quarantine(prefix, level)
                trial.check()
            for prefix in (first[family], second[family]):
                trial.end(prefix)
                trial.check()


def test_a_host_is_let_out_of_the_middle_of_a_prefix(trial, family):
    trial.quarantine(PARENT[family])
    trial.quarantine(HOST[family], "mail")
    trial.check()
    trial.end(HOST[family])
    trial.check()
    trial.end(PARENT[family])
    trial.check()
    assert not trial.model.quarantines


def test_any_order_agrees_with_the_model(trial, family, rounds):
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(rounds(250, 20000)):
        prefix, seconds = dice.choice(PREFIXES[family]), dice.choice([1, 3, LONG, LONG])
        match dice.randrange(10):
            case 0 | 1 | 2 | 3:
                trial.quarantine(prefix, dice.choice(LEVELS), seconds)
            case 4 | 5:
                trial.exempt(prefix, seconds)
            case 6 | 7 | 8:
                trial.end(prefix)
            case _:
                trial.end(prefix, exemption=True)
        trial.check()
    print(f"{trial.asked} answers as expected")


def test_a_verdict_that_is_wrong_would_be_seen(lab, trial, family):
    """So that agreement means something: somebody takes one element away, and nobody is there to put it back."""
    trial.quarantine(PARENT[family])
    trial.check()
    trial.agent.kill()
    name = "quarantine4_24_port25" if family == 4 else "quarantine6_64_port25"
    lab.router.run("nft", "flush", "set", "inet", "gate25", name)
    with pytest.raises(AssertionError, match="pass, not"):
        trial.check()
