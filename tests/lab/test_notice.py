# SPDX-License-Identifier: GPL-2.0-or-later
"""The notice: refused connections to port 25 are redirected to the router itself, which says why in SMTP."""

import contextlib
import smtplib
import socket

import pytest

from . import nft
from .client import send_direct
from .net import FOREIGN, RELAY
from .until import until
from .watch import Driver

PORT = 2554
TEXT = "Mail from this line goes to port 587 of your mail provider, not to port 25"
GREETING = f"554 5.7.1 {TEXT}\r\n".encode()
ROUTER = {4: "100.64.1.1", 6: "2001:db8:1000:100::1"}
PER_PEER = 4

REDIRECT = f"""table inet told {{
 chain prerouting {{ type nat hook prerouting priority dstnat;
  ip daddr != {RELAY[4]} tcp dport 25 redirect to :{PORT}
  ip6 daddr != {RELAY[6]} tcp dport 25 redirect to :{PORT}
 }}
}}
"""
BANNER_REFUSED = 21     # swaks


@pytest.fixture
def driver(lab):
    nft.load(lab.router, REDIRECT)
    with Driver(lab, "notice", PORT, TEXT) as one:
        one.state()
        yield one


def heard(sock):
    """All until the end."""
    text = b""
    while part := sock.recv(4096):
        text += part
    return text


def test_a_mail_program_is_told_why(lab, driver, family):
    sent = send_direct(lab.alice, family)
    assert sent.code == BANNER_REFUSED, sent.transcript
    assert f"554 5.7.1 {TEXT}" in sent.transcript
    assert "221 2.0.0 Closing" in sent.transcript
    assert driver.state()["served"] == 1
    assert driver.state()["refused"] == 0
    until(lambda: driver.state()["connections"] == 0, "the end of the session")


def test_a_library_gets_code_and_text(lab, driver, family):
    with lab.alice.inside(), pytest.raises(smtplib.SMTPConnectError) as error:
        smtplib.SMTP(FOREIGN[family], 25, timeout=20)
    assert error.value.smtp_code == 554
    assert error.value.smtp_error == f"5.7.1 {TEXT}".encode()


def test_a_bot_that_does_not_listen_gets_nowhere(lab, driver, family):
    with lab.alice.connect(FOREIGN[family], 25, 20) as sock:
        sock.sendall(b"EHLO bot\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nQUIT\r\n")
        assert heard(sock) == GREETING + 4 * b"503 5.5.1 Bad sequence of commands, say QUIT\r\n" + b"221 2.0.0 Closing\r\n"


def dial(ns, host, port, stack):
    """The connection and its first words; None when it was reset, perhaps before connect() came back."""
    try:
        sock = stack.enter_context(ns.connect(host, port, 20))
        return sock, sock.recv(4096)
    except ConnectionResetError:
        return None


def test_who_dials_the_port_itself_hears_nothing(lab, driver, family):
    with contextlib.ExitStack() as stack:
        assert dial(lab.alice, ROUTER[family], PORT, stack) is None
    assert driver.state()["refused"] == 1
    assert driver.state()["served"] == 0


def test_a_flood_from_one_is_reset_and_the_next_is_served(lab, driver, family):
    """All from one address: four have their place for ten seconds, the others none, and bob is answered at once."""
    with contextlib.ExitStack() as stack:
        outcomes = [dial(lab.alice, FOREIGN[family], 25, stack) for _ in range(300)]
        bob, first_words = dial(lab.bob, FOREIGN[family], 25, stack)
        assert first_words == GREETING
        state = driver.state()
        served = [outcome for outcome in outcomes if outcome]
        assert len(served) >= PER_PEER and all(words == GREETING for _, words in served)
        assert (state["served"], state["refused"]) == (len(served) + 1, 300 - len(served))
        assert state["refused"] > 200       # a slow machine may outlive the ten seconds of the first
        assert state["connections"] <= PER_PEER + 1
        bob.shutdown(socket.SHUT_WR)
        assert heard(bob) == b""
    until(lambda: driver.state()["connections"] == 0, "all places to be free again")
    with contextlib.ExitStack() as stack:
        assert dial(lab.alice, FOREIGN[family], 25, stack)[1] == GREETING
