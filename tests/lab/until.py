# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition, never for a duration."""

import time


def until(condition, what, seconds=10.0):
    """The first true answer of `condition`; an AssertionError that names `what` when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.01)
    return answer
