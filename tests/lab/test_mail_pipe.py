# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports that a real Postfix hands to `gate25 report --mta`, by a pipe and by an alias: taken, or kept in its queue."""

import signal
import smtplib
import types

import pytest

from .agent import BUILD
from .net import Namespace
from .postfix import Postfix
from .until import until

USER = "nobody"     # who delivers; it is in every Debian, and postfix(1) takes neither root nor its own user for a pipe
PIPE, ALIAS = "loop@desk.example", "desk@desk.example"
SPAMMER = {4: "100.64.1.2", 6: "2001:db8:1000:100::2"}
BYSTANDER = {4: "100.64.2.2", 6: "2001:db8:1000:200::2"}
SETTINGS = {"reporter": [{"name": "the loop", "users": [USER]}]}

REPORT = """\
From: fbl@loop.example
To: {to}
Subject: abuse report
Message-ID: <{id}@loop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B{id}"

--B{id}
Content-Type: text/plain

An abuse report.
{more}
--B{id}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: loop/1
Version: 1
Source-IP: {address}

--B{id}
Content-Type: text/rfc822-headers

Subject: cheap watches

--B{id}--
"""


def report(to, address, number=1, more=""):
    return REPORT.format(to=to, address=address, id=number, more=more)


class Desk(Postfix):
    """Delivers to the command only; one address by pipe(8), the other by an alias of local(8)."""

    def __init__(self, ns, home, alert_socket):
        self._command = f"{BUILD}/cli/gate25 --socket {alert_socket} report --mta"
        home.mkdir()
        (home / "transport").write_text(f"{PIPE} gate25:\n{ALIAS} local:\n")
        (home / "aliases").write_text(f"desk \"|{self._command}\"\n")
        super().__init__(ns, home, types.SimpleNamespace(certificate="", key=""), {
            "smtpd_tls_security_level": "none", "smtpd_relay_restrictions": "permit_mynetworks,reject",
            "mydestination": "desk.example", "transport_maps": f"texthash:{home}/transport",
            "alias_maps": f"texthash:{home}/aliases", "default_privs": USER, "inet_interfaces": "loopback-only"})

    def start(self):
        super().start()
        until(lambda: self._greets(25), "the desk's Postfix to greet", 15)
        with (self.home / "master.cf").open("a") as services:
            services.write("local unix - n n - - local\n"
                           f"gate25 unix - n n - 4 pipe\n  user={USER} argv={self._command}\n")
        self._master.send_signal(signal.SIGHUP)
        until(lambda: "reload" in self.log(), "the desk's Postfix to read its services again", 10)

    def deliver(self, mail, to=PIPE, sender="someone@world.example"):
        with self.ns.inside(), smtplib.SMTP("127.0.0.1", 25, timeout=10) as smtp:
            smtp.sendmail(sender, [to], mail)

    def delivered(self, status, times=1):
        until(lambda: self.log().count(f"status={status}") >= times, f"{times} mails {status}\n{self.log()}", 30)


@pytest.fixture
def desk(lab, start_agent):
    agent = start_agent(**SETTINGS)
    number = len(list(lab.home.glob("desk-*")))
    ns = Namespace(lab.router.name, {4: "127.0.0.1"})
    server = Desk(ns, lab.home / f"desk-{number}", agent.home / "alert.sock")
    server.start()
    yield types.SimpleNamespace(server=server, agent=agent)
    print(server.log())
    server.stop()


def prefixes(agent):
    return {q["prefix"]: q for q in agent.quarantines()}


def subscriber(address):
    return address if "." in address else "2001:db8:1000:" + address.split(":")[3] + "::/56"


def test_a_report_by_the_pipe_of_its_reporter_quarantines(desk, family):
    desk.server.deliver(report(PIPE, SPAMMER[family]))
    desk.server.delivered("sent")
    quarantine = prefixes(desk.agent)[subscriber(SPAMMER[family])]
    assert "the loop" in quarantine["reason"] and quarantine["by"] == USER


def test_an_alias_delivers_as_well(desk, family):
    desk.server.deliver(report(ALIAS, SPAMMER[family]), to=ALIAS)
    desk.server.delivered("sent")
    assert subscriber(SPAMMER[family]) in prefixes(desk.agent)


def test_while_the_agent_is_away_the_mail_waits_in_the_queue(desk, family):
    desk.agent.stop()
    for number, to in enumerate((PIPE, ALIAS)):
        desk.server.deliver(report(to, SPAMMER[family], number), to=to)
    desk.server.delivered("deferred", 2)
    assert "status=bounced" not in desk.server.log()
    desk.agent.start()
    desk.server.delivered("sent", 2)
    assert subscriber(SPAMMER[family]) in prefixes(desk.agent)
    assert "status=bounced" not in desk.server.log()


@pytest.mark.parametrize("to", (PIPE, ALIAS))
def test_what_the_sender_writes_into_his_mail_is_no_second_report(desk, family, to):
    """Postfix puts "From ..." before a mail for a command, and does not quote such lines in it."""
    injected = "\nFrom fbl@loop.example Sat Nov 21 10:00:05 2026\n" + report(to, BYSTANDER[family], 7)
    desk.server.deliver(report(to, SPAMMER[family], 1, injected), to=to)
    desk.server.deliver("Subject: you\n\nbad spam\n" + injected, to=to)
    desk.server.delivered("sent", 2)
    assert set(prefixes(desk.agent)) == {subscriber(SPAMMER[family])}


def test_nobody_is_told_what_became_of_his_report(desk):
    """Aside, refused, ignored: for the mail server it is delivered, and no mail goes back."""
    desk.server.deliver("Subject: a complaint\n\nPlease stop it.\n")
    desk.server.deliver(report(PIPE, "192.0.2.25"))
    desk.server.deliver(report(PIPE, SPAMMER[4]).replace("Version: 1", "Version: 1\nVersion: 1"))
    desk.server.delivered("sent", 3)
    assert "bounce" not in desk.server.log() and "status=deferred" not in desk.server.log()
    assert not desk.agent.quarantines()
    inbox = desk.agent.gate25("inbox")["reports"]
    assert inbox and {r["by"] for r in inbox} == {USER}
