# SPDX-License-Identifier: GPL-2.0-or-later
"""Time: what the kernel holds when decisions change, the agent dies, somebody flushes; and many decisions."""

import time

from kernel_state import elements, has_table, seconds_left
from lab import nft
from lab.net import FOREIGN
from lab.until import until
from place import answer

SETTINGS = {"port25": {"policy": "open"}}

MANY = 5000


def check_prolonged_and_shortened_the_kernel_follows(place, agent, family):
    address = place.alice.address[family]
    told = []
    for word, seconds in (("1h", 3600), ("3h", 10800), ("10m", 600)):
        agent.gate25("quarantine", address, "--for", word)
        left = seconds_left(place.router, family)
        told.append(f"{left}")
        assert seconds - 30 < left <= seconds + 1, f"--for {word}: the kernel has {left} s left"
        assert answer(place.alice, FOREIGN[family]) == "refused"
    agent.gate25("release", address)
    assert elements(place.router, f"quarantine{family}_port25") == {}
    return ", ".join(told) + " s"


def check_the_level_changes(place, agent, family):
    address = place.alice.address[family]
    agent.gate25("quarantine", address, "--level", "mail")
    assert answer(place.alice, FOREIGN[family], 587) == "refused"
    agent.gate25("quarantine", address, "--level", "port25")
    assert answer(place.alice, FOREIGN[family], 587) == "internet 587"
    assert answer(place.alice, FOREIGN[family]) == "refused"
    agent.gate25("release", address)


def check_it_ends_by_itself_with_the_agent_killed(place, agent, family):
    agent.gate25("quarantine", place.alice.address[family], "--for", "8s")
    agent.kill()
    try:
        assert answer(place.alice, FOREIGN[family]) == "refused"
        until(lambda: answer(place.alice, FOREIGN[family]) == "internet 25", "the quarantine to end", 20)
    finally:
        agent.start()
    assert agent.quarantines() == []


def check_a_foreign_flush_is_repaired(place, agent, family):
    agent.gate25("quarantine", place.alice.address[family], "--for", "1h")
    time.sleep(2)
    repairs = agent.gate25("status")["kernel"]["repairs"]
    begun = time.monotonic()
    nft.flush_ruleset(place.router)
    until(lambda: answer(place.alice, FOREIGN[family]) == "refused", "the protection to come back", 10)
    took = time.monotonic() - begun
    left = seconds_left(place.router, family)
    assert 3500 < left < 3600, left
    status = agent.gate25("status")
    assert status["state"] == "ok" and status["kernel"]["repairs"] > repairs, status
    agent.gate25("release", place.alice.address[family])
    return f"back after {took:.2f} s with {left} s left"


def check_import_of_5000(place, agent):
    file = place.home / "many"
    file.write_text("".join(f"100.{64 + n // 65536}.{128 + n // 250 % 128}.{n % 250 + 1}\n" for n in range(MANY)))
    begun = time.monotonic()
    assert agent.gate25("import", str(file))["accepted"] == MANY
    took = time.monotonic() - begun
    held = len(elements(place.router, "quarantine4_port25"))
    assert held == MANY, held
    return f"{took:.2f} s"


def check_a_flush_with_5000_is_repaired(place, agent):
    begun = time.monotonic()
    nft.flush_ruleset(place.router)
    until(lambda: has_table(place.router) and len(elements(place.router, "quarantine4_port25")) == MANY,
          "all decisions to come back", 30)
    return f"{time.monotonic() - begun:.2f} s"


def check_killed_and_restarted_it_knows_all(place, agent):
    agent.kill()
    begun = time.monotonic()
    agent.start()
    took = time.monotonic() - begun
    status = agent.gate25("status")
    assert status["state"] == "ok" and status["quarantines"]["total"] == MANY, status
    assert len(elements(place.router, "quarantine4_port25")) == MANY
    return f"answers after {took:.2f} s"


def check_the_export_reloads(place, agent):
    text = agent.command("export").stdout
    agent.stop()
    nft.flush_ruleset(place.router)
    assert answer(place.alice, FOREIGN[4]) == "internet 25"
    nft.load(place.router, text)
    held = elements(place.router, "quarantine4_port25")
    assert len(held) == MANY and all(1 < left <= 86400 for left in held.values()), len(held)
    agent.start()
    assert agent.gate25("status")["state"] == "ok"
