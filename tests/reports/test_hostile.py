# SPDX-License-Identifier: GPL-2.0-or-later
"""No report is dear: whatever comes in, `gate25 report --parse` takes less than a second of processor and 64 MiB. And
none of it is read by the process with privileges."""

import json
import subprocess

import pytest

from lab.agent import BUILD

MOST_SECONDS = 1.0
MOST_KIB = 64 * 1024
MIB = 1 << 20

HEAD = (b"From: fbl@reporter.example\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=B\n\n")
MACHINE = (b"--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: a/1\nVersion: 1\n"
           b"Source-IP: 203.0.113.7\n\n")
ENCLOSED = b"--B\nContent-Type: message/rfc822\n\n"
ALERT = b'{"address":"2001:db8::7","kind":"spam"}\n'
FROM = b"From fbl@reporter.example Sat Nov 21 10:00:05 2026\n"


MULTIPART = b"Content-Type: multipart/mixed; boundary=C\n\n--C\n"


def encoded(encoding):
    return b"--B\nContent-Type: application/json\nContent-Transfer-Encoding: " + encoding + b"\n\n"


# Pieces and how often each comes; and the outcomes in their order.
CASES = {
    "a million recipients of the spam": ([(HEAD + MACHINE + ENCLOSED + b"To: ", 1), (b"u@r.test, ", 1_000_000), (b"\n\n--B--\n", 1)],
                                         ["parsed"]),
    "a million recipients of the report": ([(b"To: ", 1), (b"u@r.test, ", 1_000_000), (b"\n" + HEAD, 1)], ["refused"]),
    "half a million Original-Rcpt-To": ([(HEAD + MACHINE.rstrip() + b"\n", 1), (b"Original-Rcpt-To:\n", 550_000), (b"--B--\n", 1)], ["parsed"]),
    "two million parts": ([(HEAD, 1), (b"--B\n\nx\n", 2_000_000)], ["refused"]),
    "multiparts without an end": ([(b"From: a@b\n", 1), (MULTIPART, 300_000)], ["refused"]),
    "four multiparts and dashes": ([(b"From: a@b\n", 1), (MULTIPART, 4), (b"\n", 1), (b"-", 9_500_000)], ["aside"]),
    "a base64 bomb": ([(HEAD + encoded(b"base64"), 1), (b"W1tb\n", 2_000_000)], ["aside"]),
    "a base64 bomb of numbers": ([(HEAD + encoded(b"base64") + b"eyJhIjpb\n", 1), (b"MCwwLDAs\n", 1_100_000)], ["aside"]),
    "a quoted-printable bomb": ([(HEAD + encoded(b"quoted-printable"), 1), (b"=5B", 3_300_000)], ["aside"]),
    "three million header fields": ([(b"X: y\n", 3_000_000)], ["refused"]),
    "NUL bytes": ([(HEAD + MACHINE.replace(b".7", b".7\0"), 1)], ["refused"]),
    "no UTF-8": ([(HEAD + MACHINE.replace(b"abuse", b"\xff\xfe"), 1)], ["aside"]),
    "JSON, 100,000 deep": ([(b'{"a":', 100_000)], ["refused"]),
    "JSON of five million numbers": ([(b'{"a":[', 1), (b"0,", 5_000_000), (b"0]}", 1)], ["aside"]),
    "JSON of three million objects": ([(b'{"a":[', 1), (b"{},", 3_400_000), (b"0]}", 1)], ["aside"]),
    "a line of 1 GiB": ([(b'{"a":"', 1), (b"x" * MIB, 1024), (b'"}\n' + ALERT, 1)], ["refused", "parsed"]),
    "a line of 1 GiB after a good one": ([(ALERT + b'{"a":"', 1), (b"x" * MIB, 1024), (b'"}\n' + ALERT, 1)],
                                         ["parsed", "refused", "parsed"]),
    "a mail of 1 GiB in an mbox": ([(FROM + b"From: a@b\n\n", 1), (b"x" * (MIB - 1) + b"\n", 1024), (b"\n" + FROM + HEAD + MACHINE, 1)],
                                   ["refused", "parsed"]),
    "a mail of 1 GiB": ([(HEAD, 1), (b"x" * MIB, 1024)], ["refused"]),
}

# A process remembers the size of the one it was forked from, so the one that measures is a small one.
MEASURE = """import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)"""


def run(pieces):
    """What gate25 printed, its exit status, and the seconds and KiB that it took."""
    words = ["/usr/bin/python3", "-c", MEASURE, BUILD / "cli/gate25", "report", "--parse", "--json"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for piece, times in pieces:
            block = piece * max(1, min(times, MIB // len(piece)))
            for _ in range(times * len(piece) // len(block)):
                process.stdin.write(block)
            process.stdin.write(piece * (times * len(piece) % len(block) // len(piece)))
        output, measured = process.communicate()
    code, seconds, kib = measured.split()[-3:]
    return json.loads(output), int(code), float(seconds), int(kib)


@pytest.mark.parametrize("name", CASES)
def test_it_is_cheap_and_read_as_it_must_be(name):
    pieces, outcomes = CASES[name]
    told, code, seconds, kib = run(pieces)
    assert [report["outcome"] for report in told["reports"]] == outcomes
    assert code == (1 if "refused" in outcomes else 0)
    assert seconds < MOST_SECONDS
    assert kib < MOST_KIB


def test_the_process_with_privileges_links_no_mail_parser():
    linked = subprocess.run(["ldd", BUILD / "gate25d"], capture_output=True, text=True, check=True).stdout
    assert "libnftables" in linked
    assert not any(name in linked for name in ("gmime", "glib-", "gpgme", "seccomp", "curl"))
