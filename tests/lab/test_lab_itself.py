# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab without the agent: what passes and fails here does so for reasons that are not gate25's."""

import subprocess
import sys
from pathlib import Path

import pytest

from . import nft
from .claim import NETNS, sweep
from .client import DELIVERED, MAIL_REFUSED, NO_CONNECTION, send_authenticated, send_direct, send_via_relay
from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN, RELAY
from .session import SmtpSession
from .until import until

REFUSE_25 = """
table inet by_hand {
    chain forward {
        type filter hook forward priority filter
        ip saddr 100.64.0.0/10 ip daddr != 192.0.2.25 tcp dport 25 reject with tcp reset
        ip6 saddr 2001:db8:1000::/36 ip6 daddr != 2001:db8:25::25 tcp dport 25 reject with tcp reset
    }
}
"""

REFUSE_BOTH_WAYS = """
table inet by_hand {
    chain forward {
        type filter hook forward priority filter
        tcp dport 25 reject with tcp reset
        tcp sport 25 reject with tcp reset
    }
}
"""

SAME_HOST_587 = """
table inet by_hand {
    chain prerouting {
        type nat hook prerouting priority dstnat
        tcp dport 25 dnat to :587
    }
}
"""


def test_direct_mail_is_delivered(lab, family):
    sent = send_direct(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    message = lab.foreign.inbox.wait_for(sent.token)
    assert lab.alice.address[family] in "".join(message.get_all("Received"))


def test_mail_through_the_relay_is_delivered_over_the_same_family(lab, family):
    sent = send_via_relay(lab.bob, family)
    assert sent.code == DELIVERED, sent.transcript
    received = "".join(lab.foreign.inbox.wait_for(sent.token).get_all("Received"))
    assert lab.bob.address[family] in received and RELAY[family] in received


@pytest.mark.parametrize("server", ["foreign", "relay"])
def test_authenticated_submission_is_delivered(lab, family, server):
    sent = send_authenticated(lab.alice, family, "--tls-verify", "--tls-ca-path", lab.authority.file, server=server)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    log = {"foreign": lab.foreign, "relay": lab.relay}[server].log()
    assert f"client=unknown[{lab.alice.address[family]}], sasl_method=PLAIN, sasl_username={USERS[server]}" in log


@pytest.mark.parametrize("server", ["foreign", "relay"])
def test_submission_demands_tls_then_a_password(lab, family, server):
    host = {"foreign": FOREIGN, "relay": RELAY}[server][family]
    with SmtpSession(lab.alice, host, 587) as session:
        session.expect("EHLO bot", 250)
        assert "STARTTLS" in session.expect("MAIL FROM:<bot@subscriber.example>", 530)
        session.start_tls(lab.authority)
        session.expect("EHLO bot", 250)
        assert "Authentication required" in session.expect("MAIL FROM:<bot@subscriber.example>", 530)


def test_wrong_password_is_refused(lab, family):
    sent = send_authenticated(lab.alice, family, "--auth-password", "wrong")
    assert sent.code == 28, sent.transcript


def test_relay_serves_subscribers_only(lab, family):
    sent = send_via_relay(lab.internet, family)
    assert sent.code == 24, sent.transcript


def test_a_hand_loaded_reset_refuses_direct_mail_only(lab, family):
    nft.load(lab.router, REFUSE_25)
    refused = send_direct(lab.alice, family)
    assert refused.code == NO_CONNECTION and "refused" in refused.transcript, refused.transcript
    assert refused.seconds < 2
    sent = send_via_relay(lab.alice, family)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert lab.foreign.inbox.find(refused.token) is None


def test_a_hand_loaded_redirect_lands_on_587(lab, family):
    nft.load(lab.router, SAME_HOST_587)
    sent = send_authenticated(lab.alice, family, port=25)
    assert sent.code == DELIVERED, sent.transcript
    lab.foreign.inbox.wait_for(sent.token)
    assert "submission/smtpd" in lab.foreign.log()
    bot = send_direct(lab.alice, family, "-tls")
    assert bot.code == MAIL_REFUSED and "530 5.7.0" in bot.transcript, bot.transcript


def test_a_held_session_lives_until_it_is_let_go(lab, family):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message("alice@subscriber.example", RECIPIENT[family], "held in the lab")
        assert session.fate() == "acknowledged"
        assert session.held_by(lab.internet)
        assert session.finish_message().startswith("250")
    until(lambda: not session.held_by(lab.internet), "the session to end")


def test_a_redirected_session_is_held_behind_tls(lab, family):
    nft.load(lab.router, SAME_HOST_587)
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.start_tls(lab.authority)
        session.log_in(USERS["foreign"], PASSWORD)
        session.begin_message(USERS["foreign"], RECIPIENT[family])
        assert session.held_by(lab.internet)
        assert session.fate() == "acknowledged"


def test_the_client_of_a_cut_session_sees_a_reset(lab, family):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message("alice@subscriber.example", RECIPIENT[family])
        nft.load(lab.router, REFUSE_BOTH_WAYS)
        assert session.fate() == "reset"


def test_the_client_of_a_dropped_session_sees_silence(lab, family):
    with SmtpSession(lab.alice, FOREIGN[family]) as session:
        session.begin_message("alice@subscriber.example", RECIPIENT[family])
        nft.load(lab.router, REFUSE_BOTH_WAYS.replace("reject with tcp reset", "drop"))
        assert session.fate(1) == "silence"
        assert session.held_by(lab.internet)


KILLED = """
import os, sys
sys.path.insert(0, {path!r})
from lab.claim import Claim
from lab.net import Network
claim = Claim()
Network(claim.name).start()
print(claim.name, flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_run_left_is_swept_and_a_living_lab_is_not(lab):
    script = KILLED.format(path=str(Path(__file__).parents[1]))
    name = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout.strip()
    left = [path.name for path in NETNS.glob(f"{name}-*")]
    assert len(left) == 5
    sweep()
    assert not list(NETNS.glob(f"{name}-*"))
    assert (NETNS / lab.router.name).exists()
