# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the functions check_* of the modules and reports one line for each. pytest alone would take a minute here.

A check names what it needs: place, agent (running with its module's SETTINGS), family (then it runs for 4 and for 6).
"""

import inspect
import time
import traceback

from lab.agent import Agent


def not_yet(why):
    """The agent cannot do this yet: a failure is reported as open and counts as skipped, never as passed."""
    def mark(check):
        check.not_yet = why
        return check
    return mark


def run(place, modules, only):
    """The exit status: 1 when something failed."""
    failed = 0
    for module in modules:
        agent = None
        for title, check, family in _chosen(module, only):
            def call(check=check, family=family):
                nonlocal agent
                wanted = inspect.signature(check).parameters
                if "agent" in wanted and agent is None:
                    agent = started(Agent(place, module.SETTINGS))
                given = {"place": place, "agent": agent, "family": family}
                return check(**{name: given[name] for name in wanted})
            failed += _report(title, call, getattr(check, "not_yet", None), lambda: agent)
        if agent:
            agent.kill()
        place.clean()
    return 1 if failed else 0


def started(agent):
    """One that does not answer in time must not live on beside the next."""
    try:
        return agent.start()
    except Exception:
        agent.kill()
        raise


def _chosen(module, only):
    for name, check in vars(module).items():
        if not name.startswith("check_"):
            continue
        for family in (4, 6) if "family" in inspect.signature(check).parameters else (None,):
            title = f"{module.__name__}: {name.removeprefix('check_').replace('_', ' ')}" + (f", IPv{family}" if family else "")
            if only in title.replace(" ", "_"):
                yield title, check, family


def _report(title, call, not_yet_why, agent):
    """Whether it failed. What is not yet possible may fail in its assertions only."""
    begun = time.monotonic()
    try:
        told = call()
        word, text = "pass", f" [{told}]" if told else ""
    except Exception as error:  # a check may fail in any way
        is_open = not_yet_why and isinstance(error, AssertionError)
        word, text = ("open", f" - {not_yet_why}: {_short(error)}") if is_open else ("FAIL", f": {_short(error)}")
        if not is_open:
            text += "".join("\n      " + line for line in traceback.format_exc().splitlines()[-12:])
            text += "".join("\n      log: " + line for line in (agent().log().splitlines()[-8:] if agent() else []))
    print(f"{word} {title} ({time.monotonic() - begun:.1f} s){text}", flush=True)
    return word == "FAIL"


def _short(error):
    return f"{type(error).__name__} {error}".splitlines()[0][:300]
