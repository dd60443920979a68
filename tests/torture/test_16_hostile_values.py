# SPDX-License-Identifier: GPL-2.0-or-later
"""Row 16: well-formed requests with values that nobody may mean. Each is refused by the name of what is wrong, nobody is
blocked who never may be, and nothing stands for ever unless that was asked for."""

import json
import subprocess

import pytest

from lab.agent import BUILD, CONFIGURATION
from lab.api import ask
from lab.elements import prefix_of, read_kernel

from .broken import sound_alert, sound_event, sound_report
from .roads import Road, alive, eve_is_read, router, start, write_lines  # noqa: F401 (fixture)

# All of them lie inside of the subscribers' prefixes: what saves them is what they are.
RELAY = {4: "100.64.0.25", 6: "2001:db8:1000:2500::25"}
ROUTER = {4: "100.64.0.1", 6: "2001:db8:1000:300::1"}
CONFIGURED_ROUTER = {4: "100.64.0.2", 6: "2001:db8:1000:400::1"}
EXEMPT = {4: "100.64.5.5", 6: "2001:db8:1000:500::5"}

# An address or prefix, and the word that says what is wrong with it.
NOBODY = [
    (RELAY[4], "relay"), (RELAY[6], "relay"), ("2001:db8:1000:2500::7", "relay"), (ROUTER[4], "router"), (ROUTER[6], "router"),
    (CONFIGURED_ROUTER[4], "router"), (CONFIGURED_ROUTER[6], "router"),
    ("0.0.0.0", "this"), ("::", "unspecified"), ("127.0.0.1", ""), ("::1", ""), ("::ffff:127.0.0.1", ""), ("127.8.9.1", "loopback"),
    ("::ffff:100.64.0.25", "relay"), ("224.0.0.1", "multicast"), ("ff02::1", "multicast"), ("255.255.255.255", "broadcast"),
    ("169.254.1.1", "link-local"), ("fe80::1", "link-local"), ("198.51.100.25", "subscriber"), ("2001:db8:f00::25", "subscriber"),
]
NO_PREFIX = [("0.0.0.0/0", "whole Internet"), ("::/0", "whole Internet"), ("127.0.0.0/8", "loopback"), ("::ffff:0:0/96", ""),
             ("100.64.0.0/10", ""), ("100.64.0.0/24", ""), ("2001:db8:1000::/36", ""), ("100.64.1.2/33", ""), ("100.64.1.2/-1", ""),
             ("2001:db8:1000:100::/129", ""), ("100.64.1.2/32/32", ""), ("100.64.1", ""), ("100.64.1.256", ""), ("0x64400102", ""),
             ("1681916162", ""), ("0100.64.1.2", ""), (" 100.64.1.2", ""), ("100.64.1.2\\u0000", ""), ("fe80::1%lo", "")]
SECONDS = ["0", "-1", "0.5", "500e-3", "315360001", "4294967296", "9223372036854775807", "18446744073709551615",
           "18446744073709551616", "1e400", '"500ms"', '"24h"', "true", "[1]"]
COUNTS = ["0", "-1", "0.5", "4294967296", "18446744073709551616", '"1"', "1000000001"]
PORTS = ["0", "-1", "65536", "4294967297", '"25"']
DATES = ["10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21T25:00:00Z", "2026-11-21", "now", "",
         "2026-11-21T10:00:00", "-1", "+292277026596-12-04T15:30:08Z"]
FAR_DATES = ["1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1971-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


@pytest.fixture
def agent(router):  # noqa: F811 (fixture)
    for family in (4, 6):
        router.router.run("ip", "address", "add", f"{ROUTER[family]}/{32 if family == 4 else 128}", "dev", "lo")
    started = start(router, {
        "network": {"relays": list(RELAY.values()), "routers": list(CONFIGURED_ROUTER.values())}, "quarantine": {"duration": ["24h"]},
        "agent": {"eve_socket": str(router.home / "eve.sock")}})
    for family in (4, 6):
        started.gate25("exempt", EXEMPT[family])
    return started


@pytest.fixture
def nothing_follows(agent, router):  # noqa: F811
    """Nobody is quarantined by the test, and the agent that it began with ends well."""
    pid = agent.pid
    yield agent
    assert alive(agent, pid)["quarantines"]["total"] == 0
    assert read_kernel(router.router) == read_kernel(router.router, "gate25_guard") == {}


def refused(answer, word=""):
    assert answer.status == 400, answer
    assert word in answer.body["error"]["message"], (word, answer)
    return answer.body["error"]["message"]


@pytest.mark.parametrize(("address", "word"), NOBODY)
def test_nobody_s_address(nothing_follows, router, address, word):  # noqa: F811
    agent = nothing_follows
    refused(ask(agent.socket, "POST", "/v1/quarantines", json.dumps({"prefix": address})), word)
    refused(ask(agent.socket, "POST", "/v1/alerts", sound_alert(address).decode()), word)
    lines = sound_alert(address).decode() + "\n" + sound_alert(address, reporter="trap.example").decode()
    for told in ask(agent.socket, "POST", "/v1/alerts", lines, kind="application/x-ndjson").body["alerts"]:
        assert told["outcome"] == "refused" and word in told["why"], told
    imported = ask(agent.socket, "POST", "/v1/import", json.dumps({"prefix": address}), kind="application/x-ndjson")
    assert word in json.dumps(imported.body), imported
    with Road(agent.home / "alert.sock") as road:
        for text in (sound_report(address, 1), sound_event(address, 1)):
            for report in road.post("/v1/reports", text).body["reports"]:
                assert report["outcome"] in ("ignored", "refused", "aside") and report["why"], report
    write_lines(router.home / "eve.sock", [sound_event(address, 2) + b"\n"])
    eve_is_read(agent, 1)


@pytest.mark.parametrize(("prefix", "word"), NO_PREFIX)
def test_nobody_s_prefix(nothing_follows, prefix, word):
    agent = nothing_follows
    spelt = f'"{prefix}"'
    for target in ("/v1/quarantines", "/v1/exemptions"):
        refused(ask(agent.socket, "POST", target, f'{{"prefix":{spelt}}}'), word)
    refused(ask(agent.socket, "POST", "/v1/alerts", f'{{"kind":"spam","address":{spelt}}}'))


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_time_that_nobody_may_mean(nothing_follows, seconds):
    agent = nothing_follows
    for target in ("/v1/quarantines", "/v1/exemptions"):
        refused(ask(agent.socket, "POST", target, f'{{"prefix":"100.64.1.2","seconds":{seconds}}}'), "seconds")
    imported = ask(agent.socket, "POST", "/v1/import", f'{{"prefix":"100.64.1.2","seconds":{seconds}}}', kind="application/x-ndjson")
    assert "seconds" in json.dumps(imported.body), imported


@pytest.mark.parametrize(("field", "values"), [("count", COUNTS), ("port", PORTS), ("at", [json.dumps(date) for date in DATES])])
def test_numbers_and_dates_of_an_alert(nothing_follows, field, values):
    for value in values:
        body = f'{{"address":"100.64.1.2","kind":"spam","{field}":{value}}}'
        refused(ask(nothing_follows.socket, "POST", "/v1/alerts", body), field)


@pytest.mark.parametrize("date", FAR_DATES)
def test_a_date_that_is_far_away_is_for_a_person(nothing_follows, date):
    for address in ("100.64.1.2", "2001:db8:1000:100::2"):
        answer = ask(nothing_follows.socket, "POST", "/v1/alerts", sound_alert(address, at=date).decode())
        (told,) = answer.body["alerts"]
        assert (told["outcome"], told["step"]) == ("aside", 5) and told["inbox"], told


def test_the_exempt_are_never_blocked(nothing_follows, router):  # noqa: F811
    agent = nothing_follows
    for number, address in enumerate(EXEMPT.values()):
        for kind in ("spam", "bot", "malware", "missed-spam"):
            answer = ask(agent.socket, "POST", "/v1/alerts", json.dumps({"address": address, "kind": kind, "count": 1_000_000_000}))
            (told,) = answer.body["alerts"]
            assert (told["outcome"], told["step"]) == ("recorded", 10), told
        with Road(agent.home / "alert.sock") as road:
            (report,) = road.post("/v1/reports", sound_report(address, number)).body["reports"]
            assert (report["outcome"], report["step"]) == ("recorded", 10), report
    assert len(ask(agent.socket, "GET", "/v1/exemptions").body["exemptions"]) == 2


def test_nothing_stands_for_ever_unless_asked_for(agent, router):  # noqa: F811
    """Also what is as large as a value may be; a mapped address is the subscriber that it maps."""
    for number, address in enumerate(("100.64.1.2", "2001:db8:1000:100::2")):
        told = ask(agent.socket, "POST", "/v1/alerts", sound_alert(address, count=1_000_000_000, port=65535).decode())
        assert told.body["alerts"][0]["outcome"] == "decided", told
        with Road(agent.socket) as road:
            assert road.post("/v1/reports", sound_report(f"100.64.2.{number + 1}", number)).body["reports"][0]["outcome"] == "decided"
    mapped = ask(agent.socket, "POST", "/v1/alerts", sound_alert("::ffff:100.64.3.3").decode())
    assert mapped.body["alerts"][0]["address"] == "100.64.3.3", mapped
    longest = ask(agent.socket, "POST", "/v1/quarantines", '{"prefix":"100.64.4.4","seconds":315360000}')
    assert longest.status in (200, 201), longest
    held = read_kernel(router.router)
    assert len(held) == 6 and all(element.ends is not None for element in held.values()), held
    assert ask(agent.socket, "POST", "/v1/quarantines", '{"prefix":"100.64.6.6","seconds":null}').status in (200, 201)
    held = read_kernel(router.router)
    assert [prefix for prefix, element in held.items() if element.ends is None] == [prefix_of("100.64.6.6")]


@pytest.mark.parametrize("duration", ["0s", "-1s", "500ms", "18446744073709551616s", "18446744073709551616", "", "forever", 0, -1, 24])
def test_a_configuration_with_such_a_time(router, duration):  # noqa: F811
    agent = router.agent({"quarantine": {"duration": [duration]}})
    told = subprocess.run([BUILD / "gate25d", "--config", agent.config, "--check"], capture_output=True, text=True, check=False)
    assert told.returncode == CONFIGURATION and "duration" in told.stdout + told.stderr, told
