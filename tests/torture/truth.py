# SPDX-License-Identifier: GPL-2.0-or-later
"""What the store says, what the kernel holds, and where the two differ."""

import ipaddress
import shutil
import sqlite3
import tempfile
from collections import namedtuple
from pathlib import Path

from lab.elements import prefix_of, read_kernel
from lab.until import until

# Seconds by which a kernel's timeout may miss the stored end, which is kept in whole seconds.
TOLERANCE = 2

Row = namedtuple("Row", "number level until")

# quarantines: those that stand, by prefix; numbers: of all, ended ones too; alerts: address -> number of the quarantine;
# audited: numbers that have an audit row, or the alert that led to them, which is its own line of the audit
Store = namedtuple("Store", "quarantines numbers alerts audited")


def read_store(state):
    """Of an agent that runs."""
    return _read(Path(state) / "gate25.db")


def read_dead_store(state):
    """Of an agent that is dead: read from a copy, since reading the log to its end would tidy it up."""
    with tempfile.TemporaryDirectory() as copy:
        for file in Path(state).glob("gate25.db*"):
            shutil.copy(file, copy)
        return _read(Path(copy) / "gate25.db")


def _read(file):
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5, isolation_level=None)
    try:
        database.execute("BEGIN")       # one snapshot for all
        quarantines = {
            ipaddress.ip_network((address, length)): Row(number, level, until_wall)
            for number, address, length, level, until_wall in database.execute(
                "SELECT id, address, length, level, until_wall FROM quarantine WHERE ended IS NULL")}
        numbers = {number for number, in database.execute("SELECT id FROM quarantine")}
        alerts = {str(ipaddress.ip_address(address)): decision
                  for address, decision in database.execute("SELECT address, decision FROM alert")}
        audited = {decision for table in ("audit", "alert")
                   for decision, in database.execute(f"SELECT decision FROM {table} WHERE decision <> 0")}
        return Store(quarantines, numbers, alerts, audited)
    finally:
        database.close()


def differences(store, held):
    """Lines about whatever is in one of the two and not, or not so, in the other."""
    found = [f"row without element: {prefix}" for prefix in store.quarantines.keys() - held.keys()]
    found += [f"element without row: {prefix}" for prefix in held.keys() - store.quarantines.keys()]
    for prefix in store.quarantines.keys() & held.keys():
        row, element = store.quarantines[prefix], held[prefix]
        if row.level != element.level:
            found.append(f"{prefix}: level {row.level} in the store, {element.level} in the kernel")
        if not end_alike(row.until, element.ends):
            found.append(f"{prefix}: until {row.until} in the store, {element.ends} in the kernel")
    return found


def end_alike(until_wall, ends):
    if until_wall is None or ends is None:
        return until_wall is ends
    return ends[0] - TOLERANCE <= until_wall <= ends[1] + TOLERANCE


def gaps(store):
    """Lines about what was stored by half. A store that was salvaged may have gaps: no audit is saved."""
    found = [f"alert without quarantine: {address}" for address, number in store.alerts.items()
             if number not in store.numbers]
    return found + [f"quarantine that nothing explains: {number}" for number in store.numbers - store.audited]


def lost(answered, store, held):
    """Addresses that were answered with a quarantine and are not in the store and the kernel."""
    return [address for address, number in answered.items()
            if store.alerts.get(address) != number or prefix_of(address) not in store.quarantines
            or prefix_of(address) not in held]


def agree(agent, router, state=None, seconds=2.0, salvaged=False):
    """Waits until store, table, guard and agent agree; the store as it then is. Nothing may be under way."""
    state = state or agent.home / "state"
    last = []

    def verdict():
        store, held, guard = read_store(state), read_kernel(router), read_kernel(router, "gate25_guard")
        listed = {ipaddress.ip_network(one["prefix"]) for one in agent.quarantines()}
        last[:] = [*differences(store, held), *(f"guard: {line}" for line in differences(store, guard)),
                   *(f"listed, not stored: {prefix}" for prefix in listed - store.quarantines.keys()),
                   *(f"stored, not listed: {prefix}" for prefix in store.quarantines.keys() - listed),
                   *([] if salvaged else gaps(store))]
        return None if last else store

    try:
        return until(verdict, "store and kernel to agree", seconds)
    except AssertionError as late:
        raise AssertionError(f"{late}: {len(last)} differences, such as {last[:5]}") from None
