# SPDX-License-Identifier: GPL-2.0-or-later
"""One lab for the whole run; every test leaves the router without rules and connection tracking."""

import pytest

from . import nft
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
