# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys from a key server over HTTP, both families, and servers that are slow, wrong, or not there."""

import http.server
import socket
import threading
import time
from urllib.parse import parse_qs, urlparse

import pytest

from .keys import Person
from .pool import drive

FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


class Server(http.server.ThreadingHTTPServer):
    """Answers as `behave(handler, key)` does."""

    daemon_threads = True

    def __init__(self, behave, address="127.0.0.1"):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.behave, self.asked, self.over = behave, [], threading.Event()
        super().__init__((address, 0), Handler)
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urlparse(self.path)
        words = parse_qs(asked.query)
        self.server.asked.append((asked.path, words))
        self.server.behave(self, words["search"][0].removeprefix("0x"))

    def give(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def fetch(server, key=FINGERPRINT):
    (answer,), health = drive("--server", server if isinstance(server, str) else server.url, "--fetch", key)
    assert health["restarts"] == 0
    return answer


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_key_as_a_key_server_gives_it(address):
    person = Person("abuse@fbl.example")
    key = person.public_key()
    person.leave()
    content = {"Content-Type": "application/pgp-keys"}
    with Server(lambda handler, wanted: handler.give(200 if wanted == person.fingerprint else 404, key, **content), address) as server:
        assert fetch(server, person.fingerprint)["key"].encode() == key
        assert fetch(server.url + "/", person.fingerprint)["key"].encode() == key
        assert fetch(server) == {"key": None}
        assert server.asked[0] == ("/pks/lookup", {"op": ["get"], "options": ["mr"], "search": ["0x" + person.fingerprint]})


def test_a_server_by_name():
    with Server(lambda handler, _: handler.give(404)) as server:
        assert fetch(f"http://localhost:{server.server_port}") == {"key": None}


def test_servers_that_give_no_key():
    big = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + b"x" * (1 << 20)
    elsewhere = {"Location": "http://127.0.0.1:1/"}
    for status, body, headers, wanted in ((500, b"", {}, "status 500"), (302, b"", elsewhere, "status 302"), (429, b"", {}, "status 429"),
                                          (200, b"<html>none</html>", {}, "holds no key"), (200, big, {}, "xceeded")):
        with Server(lambda handler, _, s=status, b=body, h=headers: handler.give(s, b, **h)) as server:
            answer = fetch(server)
        assert wanted in answer["text"], answer
        assert len(server.asked) == 1


def test_an_endless_answer_is_cut_off():
    def pour(handler, _):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(64):
                handler.wfile.write(b"x" * (1 << 20))
        except OSError:
            pass
    with Server(pour) as server:
        assert "gave no key" in fetch(server)["text"]


def test_nobody_is_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "gave no key" in fetch(f"http://127.0.0.1:{taken.getsockname()[1]}")["text"]


def test_a_server_that_never_answers_has_ten_seconds():
    with Server(lambda handler, _: handler.server.over.wait(60)) as server:
        begun = time.monotonic()
        answer = fetch(server)
    assert "gave no key" in answer["text"]
    assert time.monotonic() - begun < 14


@pytest.mark.parametrize("server", ["file:///etc/passwd", "gopher://127.0.0.1:1", "http://user:word@127.0.0.1:1"])
def test_what_is_no_key_server(server):
    assert "expected a key server" in fetch(server)["text"]


@pytest.mark.parametrize("key", ["x", "0123456789ABCDEF&op=index", "0123456789ABCDEF\r\nHost: x", "0" * 65])
def test_what_is_no_key(key):
    with Server(lambda handler, _: handler.give(404)) as server:
        assert "expected a fingerprint" in fetch(server, key)["text"]
        assert server.asked == []


def test_no_server_is_configured():
    (answer,), _ = drive("--fetch", FINGERPRINT)
    assert "no key server is configured" in answer["text"]
