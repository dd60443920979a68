# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab of tests/lab, and how long to go on."""

import pytest

from lab.conftest import family, lab, start_agent, whole_lab  # noqa: F401 (fixtures)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the rounds of a night instead of those of a minute")


@pytest.fixture
def rounds(request):
    """rounds(short=20, long=500) -> how many of them this run makes."""
    def choose(short, long):
        return long if request.config.getoption("--long") else short
    return choose
