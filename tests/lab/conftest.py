# SPDX-License-Identifier: GPL-2.0-or-later
"""One lab for the whole run; every test leaves the router without rules and connection tracking."""

import pytest

from . import nft
from .agent import Agent
from .lab import Lab


@pytest.fixture(scope="session")
def whole_lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(whole_lab):
    yield whole_lab
    nft.flush_ruleset(whole_lab.router)
    whole_lab.router.run("conntrack", "-F", check=False)


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def family(request):
    return request.param


@pytest.fixture
def start_agent(lab):
    """start_agent(port25={"policy": "open"}) -> a running Agent, stopped after the test."""
    started = []

    def start(**settings):
        started.append(Agent(lab, settings))
        return started[-1].start()

    yield start
    for agent in started:
        print(agent.log())
        agent.stop()
