# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at random times, alerts meanwhile: what was answered holds, the rest is whole or not there, nothing leaks."""

import contextlib
import random
import threading
import time

from lab import nft
from lab.api import send_alert
from lab.elements import prefix_of, read_kernel

from .alerts import AlertStream, subscriber
from .leaks import no_leak
from .truth import agree, differences, gaps, lost, read_dead_store, read_store

SECONDS = 2.0       # from the start of the agent until everything answered holds again
COMMIT = 0.006      # about as long as an alert takes


def test_what_was_answered_survives_and_nothing_leaks(lab, start_agent, family, rounds):
    """A night has several agents, since the oracle reads all that an agent was ever told."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _ in range(rounds(1, 5)):
        agent = start_agent(port25={"policy": "open"})
        agent.gate25("quarantine", lab.alice.address[family])
        die_often(lab, agent, family, rounds(6, 50), dice)
        agent.stop()
        nft.flush_ruleset(lab.router)


def die_often(lab, agent, family, count, dice):
    slowest = 0.0
    with no_leak(lab, family, seconds=60 + 20 * count) as flood, AlertStream(agent) as stream:
        for _ in range(count):
            stream.next_send()
            # The moment is the fault: in the middle of an alert, or anywhere.
            time.sleep(dice.choice([dice.uniform(0, COMMIT), dice.uniform(0, 0.5)]))
            answered = dict(stream.answered)
            agent.kill()
            if dice.random() < 1 / 3:
                die_while_starting(agent, dice.uniform(0, 0.2))
            slowest = max(slowest, holds_again(lab, agent, answered))
            with stream.paused():
                check_the_unanswered(stream, agree(agent, lab.router))
    assert not stream.refused
    assert len(stream.answered) > count
    print(f"{count} deaths, {len(stream.answered)} alerts answered, {len(stream.unanswered)} unanswered, {flood.sent} SYNs; "
          f"slowest restart {slowest:.2f} s, slowest answer {stream.slowest:.2f} s")


def holds_again(lab, agent, answered):
    """Starts the agent; seconds until it answers. All that was answered before is in store and kernel by then."""
    begun = time.monotonic()
    agent.start()
    seconds = time.monotonic() - begun
    assert lost(answered, read_store(agent.home / "state"), read_kernel(lab.router)) == []
    assert seconds < SECONDS
    return seconds


def die_while_starting(agent, delay):
    killer = threading.Timer(delay, agent.kill)
    killer.start()
    with contextlib.suppress(RuntimeError):     # "ended with -9"
        agent.start()
    killer.join()
    agent.kill()


def check_the_unanswered(stream, store):
    """agree() has compared rows and elements; what is left is the alert's own row."""
    for address in stream.unanswered:
        assert (address in store.alerts) == (prefix_of(address) in store.quarantines), f"{address} is there by half"
    assert lost(stream.answered, store, {prefix: None for prefix in store.quarantines}) == []


def test_the_oracle_sees_what_is_missing(lab, start_agent, family):
    """A row without element, an element without row, an answered alert without either."""
    agent = start_agent(port25={"policy": "open"})
    addresses = [subscriber(number) for number in range(4)]
    answered = {a: send_alert(agent.home / "alert.sock", a).body["alerts"][0]["quarantine"] for a in addresses}
    agent.kill()
    store, held = read_dead_store(agent.home / "state"), read_kernel(lab.router)
    assert differences(store, held) == gaps(store) == lost(answered, store, held) == []
    victim = next(a for a in addresses if prefix_of(a).version == family)
    lab.router.run("nft", "delete", "element", "inet", "gate25", f"quarantine{family}_port25",
                   f"{{ {prefix_of(victim).network_address} }}")
    without = read_kernel(lab.router)
    assert differences(store, without) == [f"row without element: {prefix_of(victim)}"]
    assert lost(answered, store, without) == [victim]
    row = store.quarantines.pop(prefix_of(victim))
    store.numbers.remove(row.number)
    assert differences(store, held) == [f"element without row: {prefix_of(victim)}"]
    assert gaps(store) == [f"alert without quarantine: {victim}"]
    assert lost(answered, store, held) == [victim]
    store.quarantines[prefix_of(victim)] = row._replace(until=row.until + 60)
    store.numbers.add(row.number)
    store.audited.remove(row.number)
    assert gaps(store) == [f"quarantine that nothing explains: {row.number}"]
    assert len(differences(store, held)) == 1
