# SPDX-License-Identifier: GPL-2.0-or-later
"""Row 15: what is far too long, too deep or too many, by every road. It is answered or set aside, costs less than a second
of processor, the readers' included, and 64 MiB; and the agent goes on answering."""

import contextlib
import socket

import pytest

from lab.elements import prefix_of, read_kernel

from .broken import sound_alert, sound_report
from .roads import Road, alive, cpu, eve_is_read, forget_peak, memory_kib, router, start, write_lines  # noqa: F401 (fixture)

MOST_SECONDS = 1.0
MOST_KIB = 64 * 1024
MIB = 1 << 20
GIB = 1 << 30

HEAD = b"From: fbl@loop.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=B\n\n"
MACHINE = b"--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: a/1\nVersion: 1\nSource-IP: 100.64.1.2\n\n"
ENCLOSED = b"--B\nContent-Type: message/rfc822\n\n"
MULTIPART = b"Content-Type: multipart/mixed; boundary=C\n\n--C\n"


def encoded(encoding):
    return HEAD + b"--B\nContent-Type: application/json\nContent-Transfer-Encoding: " + encoding + b"\n\n"


def filled(head, piece, tail=b"", size=7 * MIB):
    return head + piece * ((size - len(head) - len(tail)) // len(piece)) + tail


# As large as the socket takes them, and what comes of them.
REPORTS = {
    "a million recipients of the spam": (HEAD + MACHINE + ENCLOSED + b"To: " + b"u@r.ex," * 1_000_000 + b"\n\n--B--\n", {"decided"}),
    "a million recipients of the report": (b"To: " + b"u@r.ex," * 1_000_000 + b"\n" + HEAD + MACHINE, {"aside", "refused"}),
    "half a million Original-Rcpt-To": (filled(HEAD + MACHINE.rstrip() + b"\n", b"Original-Rcpt-To:\n", b"--B--\n"), {"decided"}),
    "a million parts": (filled(HEAD, b"--B\n\nx\n"), {"aside", "refused"}),
    "multiparts without an end": (filled(b"From: a@b\n", MULTIPART), {"aside", "refused"}),
    "a base64 bomb": (filled(encoded(b"base64"), b"W1tb\n"), {"aside", "refused"}),
    "a quoted-printable bomb": (filled(encoded(b"quoted-printable"), b"=5B"), {"aside", "refused"}),
    "a million header fields": (filled(b"", b"X: y\n"), {"aside", "refused"}),
    "NUL bytes": (HEAD + MACHINE.replace(b".1.2", b".1.2\0"), {"aside", "refused"}),
    "nothing but NUL": (b"\0" * 7 * MIB, {"aside", "refused"}),
    "no UTF-8": (HEAD + MACHINE.replace(b"abuse", b"\xff\xfe"), {"aside", "refused"}),
    "no UTF-8 at all": (b"\xff" * 7 * MIB, {"aside", "refused"}),
    "JSON, 100,000 deep": (b'{"a":' * 100_000, {"aside", "refused"}),
    "JSON arrays, 7 million deep": (b'{"a":' + b"[" * 7 * MIB, {"aside", "refused"}),
    "JSON of three million numbers": (filled(b'{"a":[', b"0,", b"0]}"), {"aside", "refused"}),
    "JSON of a million keys": (b"{" + b",".join(b'"%d":0' % n for n in range(600_000)) + b"}", {"aside", "refused"}),
    "one line": (filled(b'{"a":"', b"x", b'"}'), {"aside", "refused"}),
    "a signed mail without an end": (filled(
        b'From: a@b\nContent-Type: multipart/signed; protocol="application/pgp-signature"; boundary=S\n\n--S\n\n', b"--S \n"), {"aside", "refused"}),
    "many reports that nobody can read": (filled(b"", b'{"hello":"%s"}\n' % (b"w" * 990)), {"aside"}),
}
ALERTS = {
    "100,000 deep": b'{"address":' + b"[" * 100_000,
    "a long name": b'{"address":"100.64.1.2","kind":"spam","reporter":"' + b"x" * 7 * MIB + b'"}',
    "a number of 7 million digits": b'{"address":"100.64.1.2","kind":"spam","count":' + b"9" * 7 * MIB + b"}",
    "a million keys": b"{" + b",".join(b'"%d":0' % n for n in range(600_000)) + b"}",
    "one key a million times": b'{"address":"100.64.1.2","kind":"spam"' + b',"count":1' * 700_000 + b"}",
    "NUL bytes": b'{"address":"100.64.1.2\0","kind":"spam"}',
    "an escaped NUL": b'{"address":"100.64.1.2","kind":"spam","reporter":"a\\u0000b"}',
    "no UTF-8": b'{"address":"100.64.1.2","kind":"spam","reporter":"\xff\xfe"}',
    "half a surrogate": b'{"address":"100.64.1.2","kind":"spam","reporter":"\\ud800"}',
}


@contextlib.contextmanager
def cheap(agent, what):
    """What happens inside costs little, and the same agent is there afterwards."""
    pid = agent.pid
    forget_peak(pid)
    began, before = cpu(pid), memory_kib(pid, "VmRSS")
    yield
    grown, spent = memory_kib(pid, "VmHWM") - before, cpu(pid) - began
    print(f"{what}: {spent:.2f} s, {grown} KiB")
    assert spent < MOST_SECONDS, f"{what} took {spent:.2f} s of processor"
    assert grown < MOST_KIB, f"{what} took {grown} KiB"
    alive(agent, pid)


@pytest.fixture
def agent(router):  # noqa: F811 (fixture)
    return start(router, {"agent": {"eve_socket": str(router.home / "eve.sock")}})


@pytest.mark.parametrize("name", REPORTS)
def test_a_report(agent, router, name):  # noqa: F811
    text, expected = REPORTS[name]
    with Road(agent.home / "alert.sock") as road, Road(agent.socket) as desk:
        with cheap(agent, name):
            answer = road.post("/v1/reports", text)
        assert answer.status == 200, answer
        reports = answer.body["reports"]
        assert {report["outcome"] for report in reports} <= expected, reports[:3]
        kept = [report["inbox"] for report in reports if report["inbox"] is not None]
        if len(reports) == 1 and kept:
            assert desk.get(f"/v1/inbox/{kept[0]}/bytes") == text
        stands = "decided" in {report["outcome"] for report in reports}
        assert read_kernel(router.router).keys() == ({prefix_of("100.64.1.2")} if stands else set())
        sound = road.post("/v1/reports", sound_report("100.64.7.7", 7))
        assert [report["outcome"] for report in sound.body["reports"]] == ["decided"]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert(agent, router, name):  # noqa: F811
    with Road(agent.home / "alert.sock") as road:
        with cheap(agent, name):
            answer = road.post("/v1/alerts", ALERTS[name], "application/json")
        assert answer.status == 400 and answer.body["error"]["code"] == "bad_input", answer
        assert len(answer.body["error"]["message"]) < 1000
        assert road.post("/v1/alerts", sound_alert("2001:db8:1000:700::7")).status == 200
    assert read_kernel(router.router).keys() == {prefix_of("2001:db8:1000:700::7")}


@pytest.mark.parametrize("target", ["/v1/alerts", "/v1/import"])
@pytest.mark.parametrize("line", [b"x\n", b"{}\n", b"\n", b'{"address":"100.64.1.2"}\n'])
def test_millions_of_lines(agent, target, line):
    """Each line has its own answer, so there are bounds to their number."""
    with Road(agent.socket) as road:
        with cheap(agent, f"{line} to {target}"):
            answer = road.post(target, filled(b"", line), "application/x-ndjson")
        assert answer.status == 400 and "10000 lines" in answer.body["error"]["message"], answer
        with cheap(agent, f"10,000 times {line} to {target}"):
            assert road.post(target, line * 10_000, "application/x-ndjson").status in (200, 400)
    assert agent.quarantines() == []


def stream(path, head, size, is_chunked):
    """The beginning of the answer to a body of `size` bytes, of which it takes what it likes."""
    block = b"x" * MIB
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
        sock.settimeout(60)
        sock.connect(str(path))
        sock.sendall(head)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(size // MIB):
                sock.sendall(b"%x\r\n%s\r\n" % (MIB, block) if is_chunked else block)
        with contextlib.suppress(ConnectionResetError):
            return sock.recv(4096)
    return b""


@pytest.mark.parametrize("target", ["/v1/alerts", "/v1/reports"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["announced", "in chunks"])
def test_a_line_of_1_gib(agent, target, is_chunked):
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {GIB}"
    head = f"POST {target} HTTP/1.1\r\nHost: gate25\r\nContent-Type: application/x-ndjson\r\n{length}\r\n\r\n".encode()
    with cheap(agent, f"1 GiB to {target}"):
        answer = stream(agent.home / "alert.sock", head, GIB, is_chunked)
    assert not answer or answer.startswith(b"HTTP/1.1 413 "), answer
    assert agent.quarantines() == []


def test_a_line_of_1_gib_of_suricata(agent, router):  # noqa: F811
    """To its end, and then the next line counts. A second for each GiB is for moving the bytes."""
    pid = agent.pid
    with cheap(agent, "a line of 256 MiB"):
        write_lines(router.home / "eve.sock", [b"x" * MIB] * 256 + [b"\n"])
        eve_is_read(agent, 1)
    forget_peak(pid)
    before = memory_kib(pid, "VmRSS")
    write_lines(router.home / "eve.sock", [b"x" * MIB] * 1024 + [b"\n"])
    eve_is_read(agent, 2)
    assert memory_kib(pid, "VmHWM") - before < MOST_KIB
    assert alive(agent, pid)["eve"]["too_long"] == 2
