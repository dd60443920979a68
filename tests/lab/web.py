# SPDX-License-Identifier: GPL-2.0-or-later
"""Web servers of one sentence, and a reader: whose page does a subscriber see?"""

import http.client
import http.server
import socket
import socketserver
import threading


class WebSite:
    """Answers every GET at `address` with `page`, from a thread of this program but a socket of `ns`."""

    def __init__(self, ns, address, page, port=80):
        with ns.inside():
            self._server = (_Server6 if ":" in address else _Server)((address, port), _answering(page))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    """Not http.server's own: that one asks the name service who it is."""

    allow_reuse_address = True
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def read(ns, address, port=80, timeout=3):
    """The page; None when nobody answers or the connection is refused."""
    try:
        connection = http.client.HTTPConnection(address, port)
        connection.sock = ns.connect(address, port, timeout)
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except OSError:
        return None
    finally:
        connection.close()


def _answering(page):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    return Handler
