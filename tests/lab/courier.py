# SPDX-License-Identifier: GPL-2.0-or-later
"""gate25-courier on the lab's router, and the programs that its hooks tell."""

import hashlib
import hmac
import http.server
import json
import signal
import socket
import subprocess
import threading
import time
from collections import namedtuple

from .agent import BUILD
from .web import _Server, _Server6

PROGRAM = BUILD / "courier" / "gate25-courier"
KEY = "correct horse battery"

Told = namedtuple("Told", "number kind body is_signed")


class Courier:
    """For the agent's configuration and socket."""

    def __init__(self, agent):
        self._agent = agent
        self._process = None
        self.log_file = agent.home / "courier.log"

    def start(self):
        with self.log_file.open("a") as log:
            self._process = self._agent._router.popen(*self._words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def run(self, *words):
        return self._agent._router.run(*self._words(), *words, check=False)

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            assert self._process.wait(20) == 0, self.log()

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def _words(self):
        return PROGRAM, "--config", self._agent.config


class Receiver:
    """Takes what a hook is posted and answers with the next of `answers`, after these with 200."""

    def __init__(self, ns, address, port, answers=()):
        self.told = []
        self.answers = list(answers)
        self._where = ns, address, port
        self._server = None

    def start(self):
        ns, address, port = self._where
        with ns.inside():
            self._server = (_Server6 if ":" in address else _Server)((address, port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    @property
    def url(self):
        _, address, port = self._where
        return f"http://[{address}]:{port}/hook" if ":" in address else f"http://{address}:{port}/hook"

    def numbers(self):
        return [one.number for one in self.told]

    def _handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signed = is_signed(self.headers["Gate25-Signature"], body)
                receiver.told.append(Told(int(self.headers["Gate25-Notice"]), self.headers["Gate25-Kind"], json.loads(body), signed))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", receiver.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


class Silence:
    """A port that takes connections and never says a word."""

    def __init__(self, ns, address, port):
        with ns.inside():
            self._socket = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)

    def stop(self):
        self._socket.close()


def is_signed(header, body):
    """As gate25-notices(7) tells."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(KEY.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300
