# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts broken at random, the same ones for the same seed; and sound ones, which show that a road is open."""

import json
import random
import time

from lab.agent import REPOSITORY

DIRT = (b"\0", b"\xff\xfe", b"\r", b"\n\n", b"--", b'"', b"{", b"[" * 40, b"\\u0000", b"\\ud800", b"=3D", b"\x1b[2J", b"From x 1:1\n", b"9" * 40,
        b": ", b"Source-IP: ", b"\xc3\x28", b"%s%n", b"\r\n.\r\n", b"e999", b"-0", b"/0")

REPORT = """\
From: fbl@loop.example
Message-ID: <{number}@loop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

An abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: loop/1
Version: 1
Source-IP: {address}

--B
Content-Type: text/rfc822-headers

Subject: cheap watches

--B--
"""


def sound_report(address, number):
    return REPORT.format(address=address, number=number).encode()


def sound_alert(address, **more):
    return json.dumps({"address": address, "kind": "spam", **more}).encode()


def sound_event(address, number):
    """A line of Suricata about somebody who speaks with port 25 of the world, just now."""
    server = "198.51.100.25" if "." in address else "2001:db8:f00::25"
    return json.dumps({
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000+0000", time.gmtime()), "flow_id": number, "event_type": "alert",
        "src_ip": address, "src_port": 40000, "dest_ip": server, "dest_port": 25, "proto": "TCP",
        "alert": {"action": "allowed", "gid": 1, "signature_id": 2027865, "rev": 4, "signature": "Bot checks in",
                  "category": "Malware Command and Control Activity Detected", "severity": 1}}).encode()


def corpus(*endings):
    """The texts of tests/reports."""
    files = sorted(p for p in (REPOSITORY / "tests/reports").iterdir() if p.suffix in endings)
    assert files
    return [file.read_bytes()[:20_000] for file in files]


class Breaker:
    def __init__(self, texts, seed=14):
        self._texts, self._dice = [text for text in texts if text], random.Random(seed)

    def text(self):
        text = self._dice.choice(self._texts)
        for _ in range(self._dice.randint(0, 4)):
            text = self._broken(text)
        return text or b"\n"

    def _broken(self, text):
        at = self._dice.randrange(len(text) + 1)
        end = min(len(text), at + self._dice.randint(1, 400))
        other = self._dice.choice(self._texts)
        cut = self._dice.randrange(len(other))
        return self._dice.choice((
            lambda: text[:at],
            lambda: text[:at] + text[end:],
            lambda: text[:end] + text[at:],
            lambda: text[:at] + self._dice.choice(DIRT) + text[at:],
            lambda: text[:at] + self._dice.choice(DIRT) + text[end:],
            lambda: text[:at] + bytes([self._dice.randrange(256)]) + text[at + 1:],
            lambda: text[:at] + other[cut:cut + 300] + text[at:],
        ))()
