# SPDX-License-Identifier: GPL-2.0-or-later
"""Row 14: reports, alerts and lines that were broken at random, by every road. Nobody crashes, nothing is decided without
a valid alert, and what is kept for a person is kept as it came. (libFuzzer goes on where this ends: tests/fuzz/run.)"""

import ipaddress
import json
import re

import pytest

from lab.api import ask
from lab.elements import prefix_of, read_kernel
from lab.until import until

from .broken import Breaker, corpus, sound_alert, sound_event, sound_report
from .roads import Road, alive, eve_is_read, router, start, status, write_lines  # noqa: F401 (fixture)

# No text in tests/reports names one of these.
FAR = {"network": {"subscribers": ["100.64.0.0/10", "2001:db8:f000::/36"]}}
ADDRESS = re.compile(rb"[0-9A-Fa-f.:]{2,45}")
INBOX_MOST = 10_000
SOUND_EACH = 100


def far_subscriber(number):
    high, low = divmod(number, 250)
    return f"100.70.{high}.{low + 1}" if number % 2 else f"2001:db8:{0xf000 + high:x}:{low + 1:x}00::1"


def taken(answer):
    """What became of what was sent; nothing when it was an error as a whole."""
    assert answer is not None, "the agent hung up on a request that is whole"
    assert answer.status in (200, 400, 403), answer
    if answer.status != 200:
        assert answer.body["error"]["message"], answer
        return []
    return answer.body["reports"] if "reports" in answer.body else answer.body["alerts"]


def only_these_stand(agent, router, addresses):
    wanted = {prefix_of(address) for address in addresses}
    assert {ipaddress.ip_network(one["prefix"]) for one in agent.quarantines()} == wanted
    assert read_kernel(router.router).keys() == wanted


def kept_bytes(text, reports):
    """number -> what must be kept of it: all of a text with one report, of several what begins on the line of each."""
    if len(reports) < 2:
        return {report["inbox"]: (text, len(text)) for report in reports if report["inbox"] is not None}
    lines = text.splitlines(keepends=True) if b"\r" not in text else [line + b"\n" for line in text.split(b"\n")]
    ends = [report["line"] for report in reports[1:]] + [len(lines) + 1]
    kept = {}
    for report, end in zip(reports, ends, strict=True):
        if report["inbox"] is not None:
            all_of_it = b"".join(lines[report["line"] - 1:end - 1])
            kept[report["inbox"]] = all_of_it, len(lines[report["line"] - 1].rstrip(b"\n"))
    return kept


def kept_as_it_came(agent, kept):
    """kept: number -> what was sent, and how much of its beginning is the least that must be there."""
    listed = {report["id"]: report for report in ask(agent.socket, "GET", "/v1/inbox").body["reports"]}
    assert listed.keys() == kept.keys() and len(kept) <= INBOX_MOST
    with Road(agent.socket) as road:
        for number, (text, least) in kept.items():
            held = road.get(f"/v1/inbox/{number}/bytes")
            assert text.startswith(held) and len(held) >= least, f"report {number} is not as it came: {listed[number]}"
            assert listed[number]["format"] in ("json", "eve", "xarf3", "xarf4", "unknown") or held.rstrip() == text.rstrip()


def test_broken_reports(router, rounds):
    agent = start(router, FAR)
    pid, breaker, kept, sound = agent.pid, Breaker(corpus(".eml", ".json", ".ndjson", ".mbox")), {}, []
    with Road(agent.socket) as control, Road(agent.home / "alert.sock") as alerts:
        for number in range(rounds(1000, 9000)):
            text = breaker.text()
            reports = taken((alerts if number % 2 else control).post("/v1/reports", text))
            strange = [report for report in reports if report["outcome"] not in ("aside", "refused", "ignored")]
            assert not strange, (text, strange)
            kept |= kept_bytes(text, reports)
            if number % SOUND_EACH == 0:
                sound.append(far_subscriber(number))
                (report,) = taken(alerts.post("/v1/reports", sound_report(sound[-1], number)))
                assert report["outcome"] == "decided", report
    said = alive(agent, pid)
    assert said["readers"]["restarts"] == 0 and said["readers"]["problem"] is None, said["readers"]
    assert len(kept) > 20
    kept_as_it_came(agent, kept)
    only_these_stand(agent, router, sound)


def test_who_is_decided_was_named(router, rounds):
    """Broken reports about a subscriber: whatever they still say, nobody is decided whom they do not name."""
    agent = start(router)
    pid, decided = agent.pid, set()
    with Road(agent.home / "alert.sock") as road:
        for number in range(rounds(600, 20_000)):
            address = far_subscriber(number).replace("db8:f", "db8:1")
            text = Breaker([sound_report(address, number), sound_alert(address), sound_event(address, number)], number).text()
            for report in taken(road.post("/v1/reports", text)):
                if report["outcome"] != "decided":
                    continue
                assert ipaddress.ip_address(report["address"]) in named_in(text), (text, report)
                decided.add(report["address"])
    assert alive(agent, pid)["readers"]["restarts"] == 0
    assert len(decided) > 20
    only_these_stand(agent, router, decided)


def named_in(text):
    found = set()
    for word in ADDRESS.findall(text):
        try:
            address = ipaddress.ip_address(word.decode().strip(".:") if b"::" not in word else word.decode())
        except ValueError:
            continue
        found |= {address, getattr(address, "ipv4_mapped", None)}
    return found


def broken_lines(breaker, count):
    return [breaker.text().replace(b"\n", b" ") for _ in range(count)]


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json"])
def test_broken_alerts(router, rounds, kind):
    agent = start(router, FAR)
    pid, sound = agent.pid, []
    whole = [sound_alert("203.0.113.7", reporter="a", count=3, port=40123, at="2026-11-21T09:59:58Z"), *corpus(".ndjson")[0].splitlines()]
    breaker = Breaker(whole)
    with Road(agent.home / "alert.sock") as road:
        for number in range(rounds(150, 10_000)):
            lines = broken_lines(breaker, 20 if "nd" in kind else 1)
            strange = [one for one in taken(road.post("/v1/alerts", b"\n".join(lines), kind)) if one["outcome"] != "refused"]
            assert not strange, (lines, strange)
            if number % SOUND_EACH == 0:
                sound.append(far_subscriber(number))
                (one,) = taken(road.post("/v1/alerts", sound_alert(sound[-1]), kind))
                assert one["outcome"] == "decided", one
    assert sum(alive(agent, pid)["inbox"].values()) == 0
    only_these_stand(agent, router, sound)


def test_broken_lines_of_suricata(router, rounds):
    agent = start(router, {**FAR, "agent": {"eve_socket": str(router.home / "eve.sock")}})
    pid, breaker, sound, count = agent.pid, Breaker(corpus(".json")[0].splitlines()), [], 0
    pieces = []
    for number in range(rounds(40, 2000)):
        lines = broken_lines(breaker, 50)
        sound.append(far_subscriber(number))
        lines.insert(25, sound_event(sound[-1], number))
        pieces.append(b"\n".join(lines) + b"\n")
        count += sum(1 for line in lines if line.strip(b" \t\r"))
    write_lines(router.home / "eve.sock", pieces)
    eve_is_read(agent, count)
    said = alive(agent, pid)
    assert said["readers"]["restarts"] == 0 and said["eve"]["unreadable"] > 0, said
    assert sum(said["inbox"].values()) == 0, "what a machine writes without end is not kept for a person"
    until(lambda: len(agent.quarantines()) == len(sound), "the sound lines to be decided", 20)
    only_these_stand(agent, router, sound)


def test_the_inbox_is_bounded(router):
    """Full, it takes no more; what can be decided still is, and a report that a person closes makes room."""
    agent = start(router)
    old = [json.dumps({"address": f"100.90.{n // 250}.{n % 250 + 1}", "kind": "spam", "at": "2020-01-01T00:00:00Z"}) for n in range(INBOX_MOST + 500)]
    kept = {}
    with Road(agent.home / "alert.sock") as road:
        for begin in range(0, len(old), 1500):
            lines = old[begin:begin + 1500]
            told = taken(road.post("/v1/alerts", "\n".join(lines).encode(), "application/x-ndjson"))
            kept |= {one["inbox"]: (line.encode(), len(line)) for one, line in zip(told, lines, strict=True) if one["outcome"] == "aside"}
            assert all("inbox is full" in one["why"] for one in told if one["outcome"] != "aside")
        assert len(kept) == INBOX_MOST
        full = road.post("/v1/reports", b"Subject: please\n\nstop it\n")
        assert full.status == 503 and full.body["error"]["code"] == "busy", full
        (report,) = taken(road.post("/v1/reports", sound_report("100.64.1.2", 1)))
        assert report["outcome"] == "decided"
        kept_as_it_came(agent, kept)
        agent.gate25("inbox", next(iter(kept)), "--close")
        assert taken(road.post("/v1/reports", b"Subject: please\n\nstop it\n"))[0]["outcome"] == "aside"
    agent.kill()
    agent.start()
    assert status(agent)["inbox"]["aside"] == INBOX_MOST
    only_these_stand(agent, router, ["100.64.1.2"])
