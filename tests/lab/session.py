# SPDX-License-Identifier: GPL-2.0-or-later
"""An SMTP session held open by hand, and what becomes of it."""

import base64
import errno
import fcntl
import select
import socket
import ssl
import struct
import termios
import time

LINE = b"another line of a long message\r\n"


class SmtpSession:
    """Connects from `ns` and reads the greeting. Replies come back as text, all their lines."""

    def __init__(self, ns, host, port=25, timeout=5.0):
        self._socket = ns.connect(host, port, timeout)
        self._host = host
        self.address, self.port = self._socket.getsockname()[:2]    # its own; no translation in the lab changes them
        self._replies = self._socket.makefile("rb")
        self.greeting = self.reply()

    def reply(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self._replies.readline().decode()
            if not line:
                raise ConnectionAbortedError("the server has closed the session")
            lines.append(line.rstrip())
        return "\n".join(lines)

    def command(self, line):
        self._socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def expect(self, line, code):
        answer = self.command(line)
        assert answer.startswith(str(code)), f"{line}: {answer}"
        return answer

    def start_tls(self, authority):
        """The certificate must come from `authority` and name the address that was dialled."""
        self.expect("EHLO subscriber.example", 250)
        self.expect("STARTTLS", 220)
        context = ssl.create_default_context(cafile=authority.file)
        self._socket = context.wrap_socket(self._socket, server_hostname=self._host)
        self._replies = self._socket.makefile("rb")

    def log_in(self, user, password):
        self.expect("EHLO subscriber.example", 250)
        word = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.expect(f"AUTH PLAIN {word}", 235)

    def begin_message(self, sender, recipient, subject="held open"):
        """As far as the middle of DATA; the server has acknowledged all of it."""
        self.expect("EHLO subscriber.example", 250)
        self.expect(f"MAIL FROM:<{sender}>", 250)
        self.expect(f"RCPT TO:<{recipient}>", 250)
        self.expect("DATA", 354)
        self._socket.sendall(f"Subject: {subject}\r\n\r\n".encode())
        assert self.fate() == "acknowledged"

    def finish_message(self):
        return self.command(".")

    def fate(self, seconds=5.0):
        """What one more packet meets: acknowledged, reset, closed (by the server), or silence."""
        try:
            self._socket.sendall(LINE)
        except (ConnectionResetError, BrokenPipeError):
            return "reset"
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            acknowledged = _unacknowledged(self._socket) == 0
            events = dict(poll.poll(2)).get(self._socket.fileno(), 0)
            if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET:
                return "reset"
            if events & (select.POLLRDHUP | select.POLLHUP):
                return "closed"
            if acknowledged:
                return "acknowledged"
        return "silence"

    def held_by(self, server):
        """Does the server's host (a Namespace) still believe in this connection?"""
        return self.server_port(server) is not None

    def server_port(self, server):
        """The port of the server's end; None when it has none. Of other families and days gone by there may be ends
        with our port too."""
        return next((c.port for c in server.connections()
                     if c.state == "ESTAB" and (c.peer, c.peer_port) == (self.address, self.port)), None)

    def close(self):
        self._replies.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _unacknowledged(connection):
    """Bytes written which the other end has not acknowledged (SIOCOUTQ)."""
    return struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
