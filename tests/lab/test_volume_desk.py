# SPDX-License-Identifier: GPL-2.0-or-later
"""What an abuse desk sees of what was counted: `gate25 volume` and `gate25 whatif`, of packets and of a recorded past."""

import ipaddress
import sqlite3
import time

from .net import FOREIGN
from .test_volume import answer, counted
from .until import until

COUNTING = {"volume": {"mode": "monitor"}, "limit": [{"limit": "attempts 5/hour", "then": "alert"}]}
CONNECTIONS = 1
KIND = {4: 32, 6: 64 + 56}  # agent/core/volume_key.h


def varint(number):
    text = b""
    while number >= 0x80:
        text += bytes([number & 0x7F | 0x80])
        number >>= 7
    return text + bytes([number])


def subscriber_bytes(address):
    address = ipaddress.ip_address(address)
    if address.version == 4:
        return address.packed
    return ipaddress.ip_network((address, 56), strict=False).network_address.packed


def record(state, hour, address, peak):
    """One hour of one subscriber as agent/wire/volume_blob.h spells it: `peak` connections within the hour and the day."""
    version = ipaddress.ip_address(address).version
    host = subscriber_bytes(address)
    number = int.from_bytes(host, "big") >> (0 if version == 4 else 128 - 56)
    peaks = varint(1) + varint(2 * (peak - 1)) + varint(0)
    blob = bytes([1, KIND[version], 1]) + varint(number) + varint(peak) + varint(0) + peaks + peaks
    key = bytes([KIND[version]]) + host.ljust(16, b"\0")
    with sqlite3.connect(state / "volume.db") as database:
        run = database.execute("SELECT count(*) FROM chunk WHERE hour = ?", (hour,)).fetchone()[0]
        database.execute("INSERT INTO chunk (hour, activity, run, first, last, count, bytes) VALUES (?, ?, ?, ?, ?, 1, ?)",
                         (hour, CONNECTIONS, run, key, key, blob))
    database.close()


def test_the_desk_sees_who_knocks(lab, start_agent, family):
    agent = start_agent(**COUNTING)
    alice, bob = lab.alice.address[family], lab.bob.address[family]
    for _ in range(3):
        assert answer(lab.alice, FOREIGN[family]) == "refused"
    assert answer(lab.bob, FOREIGN[family]) == "refused"
    until(lambda: (counted(agent, alice, "attempts"), counted(agent, bob, "attempts")) == (3, 1), "the attempts to be counted")
    assert counted(agent, alice, "attempted-destinations", "day") == 1
    told = agent.gate25("volume", alice)
    assert [(one["limit"], one["value"], one["most"]) for one in told["limits"]] == [("attempts 5/hour", 3, 5)]
    top = agent.gate25("volume", "--top", "5", "--by", "attempts")["top"]
    assert [(one["value"], ipaddress.ip_address(alice) in ipaddress.ip_network(one["subscriber"])) for one in top] == [(3, True), (1, False)]
    screen = agent.command("volume", alice).stdout
    assert "attempts 5/hour" in screen and "60 %" in screen
    overview = agent.gate25("volume")
    assert overview["counters"]["attempts"] == 4
    assert overview["record"]["problem"] == ""


def test_whatif_names_whom_a_limit_would_have_touched(lab, start_agent):
    agent = start_agent(**COUNTING)
    agent.stop()
    now = int(time.time()) // 3600
    everybody = [lab.alice.address[4], lab.alice.address[6], lab.bob.address[4]]
    for hours_ago, address, peak in ((2, everybody[0], 45), (30, everybody[0], 31), (2, everybody[1], 99), (2, everybody[2], 30)):
        record(agent.home / "state", now - hours_ago, address, peak)
    agent.start()
    told = agent.gate25("whatif", "--limit", "connections 30/hour")
    assert (told["active"], told["touched"], told["hours"]) == (3, 2, 3)
    assert told["most"][0]["subscriber"] == everybody[0]
    assert (told["most"][0]["hours"], told["most"][0]["peak"]) == (2, 45)
    assert told["most"][1]["subscriber"].endswith("/56")
    assert agent.gate25("whatif", "--limit", "connections 30/hour", "--since", "12h")["hours"] == 2
    assert agent.gate25("whatif", "--limit", "connections 99/hour")["touched"] == 0
    spread = agent.gate25("volume", "--spread")
    assert [(one["share"], one["value"]) for one in spread["percentiles"]][-1] == (1.0, 99)
    assert spread["suggestion"]["limit"] == "connections 99/hour"
    hours = agent.gate25("volume", everybody[1])["hours"]
    assert [one["peaks"]["connections"]["hour"] for one in hours] == [99]
    assert "It would have touched 2 of 3 active subscribers" in agent.command("whatif", "--limit", "connections 30/hour").stdout


def test_an_agent_that_does_not_count_says_so(start_agent):
    agent = start_agent()
    assert "add a section [volume]" in agent.gate25("volume", code=1)["error"]["message"]
    assert "add a section [volume]" in agent.gate25("whatif", "--limit", "messages 9/day", code=1)["error"]["message"]
