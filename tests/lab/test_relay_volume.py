# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits on mail through the provider's relay: Postfix asks the policy service, and its clients read the answer."""

import os
import signal

import pytest

from .mail import PASSWORD, RECIPIENT, USERS
from .net import PORTAL, RELAY
from .postfix import SUBMISSION
from .session import SmtpSession
from .until import until

PORT = 10025
ROUTER = {4: "192.0.2.1", 6: "2001:db8:25::1"}   # the relay's side of the router
STAGES = {"RCPT": "smtpd_recipient_restrictions", "DATA": "smtpd_data_restrictions",
          "END-OF-MESSAGE": "smtpd_end_of_data_restrictions"}
HELP = "https://help.example/mail"
LIST = [*RECIPIENT.values(), *(one.capitalize() for one in RECIPIENT.values())]     # four ways to write to two people


def endpoint(family):
    return f"{ROUTER[family]}:{PORT}" if family == 4 else f"[{ROUTER[family]}]:{PORT}"


@pytest.fixture
def serve(lab, start_agent):
    """serve("messages 2/day", ...) -> an agent with these limits enforced, which answers on all its policy sockets."""
    def start(*limits, **options):
        socket = lab.home / "policy.sock"
        volume = {"mode": "enforce", "help": HELP, "policy_socket": str(socket),
                  "policy_listen": [endpoint(4), endpoint(6)], "policy_clients": [*RELAY.values(), *PORTAL.values()]}
        limits = [limit if isinstance(limit, dict) else {"limit": limit} for limit in limits]
        return start_agent(volume={**volume, **options}, limit=limits)
    return start


# The relay's servers that ask: a port for each way, since one that is running keeps its configuration.
WAYS = [(("RCPT",), "unix"), (("RCPT",), 4), (("RCPT",), 6), (("DATA",), "unix"), (("END-OF-MESSAGE",), "unix"),
        (("RCPT", "DATA"), "unix"), (tuple(STAGES), "unix")]
FIRST_PORT, FIRST_SUBMISSION = 2600, 2700


def port_of(stages, over, user=None):
    return (FIRST_SUBMISSION if user else FIRST_PORT) + WAYS.index((stages, over))


@pytest.fixture(scope="module")
def ways(whole_lab):
    relay = whole_lab.relay
    file = relay.home / "master.cf"
    before = file.read_text()
    lines = []
    for stages, over in WAYS:
        where = f"unix:{whole_lab.home}/policy.sock" if over == "unix" else f"inet:{endpoint(over)}"
        service = f"check_policy_service {{ {where}, timeout=10s, default_action=DUNNO }}"
        options = [f"{{ {STAGES[stage]} = {service} }}" for stage in stages]
        for user in (None, "somebody"):
            more = " ".join(f"-o {option}" for option in [*options, *(SUBMISSION if user else ())])
            lines.append(f"{port_of(stages, over, user)} inet n - n - - smtpd {more}\n")
    _write(relay, before + "".join(lines))
    whole_lab.relay.ready()
    for stages, over in WAYS:
        until(lambda at=port_of(stages, over): _greets(relay, at), "the relay's servers that ask", 30)
    yield
    _write(relay, before)


def _write(relay, text):
    (relay.home / "master.cf").write_text(text)
    os.kill(int((relay.home / "queue/pid/master.pid").read_text()), signal.SIGHUP)


def _greets(relay, port):
    try:
        with relay.ns.connect(RELAY[4], port) as connection:
            return connection.recv(100).startswith(b"220")
    except OSError:
        return False


class Line:
    """A mail program at a subscriber's, over one session."""

    def __init__(self, lab, host, family, stages=("RCPT",), over="unix", user=None):
        self.session = SmtpSession(host, RELAY[family], port_of(stages, over, user), timeout=15)
        self.family = family
        if user:
            self.session.start_tls(lab.authority)
            self.session.log_in(user, PASSWORD)
        else:
            self.session.expect("EHLO subscriber.example", 250)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def begin(self, *recipients):
        """What the server says of each recipient."""
        self.session.expect("MAIL FROM:<someone@subscriber.example>", 250)
        return [self.session.command(f"RCPT TO:<{one}>") for one in recipients or (RECIPIENT[self.family],)]

    def send(self, *recipients, chunked=False):
        """The first refusal, or the answer to the whole mail."""
        for answer in self.begin(*recipients):
            if not answer.startswith("250"):
                self.session.expect("RSET", 250)
                return answer
        text = "Subject: a mail\r\n\r\nhello"
        if chunked:
            answer = self.session.command(f"BDAT {len(text) + 2} LAST\r\n{text}")
        else:
            answer = self.session.command("DATA")
            if answer.startswith("354"):
                answer = self.session.command(text + "\r\n.")
        if not answer.startswith("250"):
            self.session.expect("RSET", 250)
        return answer


def passed(answers):
    return [answer.startswith("250") for answer in answers]


@pytest.mark.parametrize("over", ["unix", 4, 6], ids=["unix", "inet-ipv4", "inet-ipv6"])
def test_the_mail_above_the_limit_is_deferred_and_the_client_reads_why(lab, serve, ways, family, over):
    serve("messages 2/day")
    with Line(lab, lab.alice, family, over=over) as line:
        answers = [line.send() for _ in range(3)]
    assert passed(answers) == [True, True, False], answers
    begin, end = answers[2].split(" Please try again in about ")
    assert begin.startswith("450 4.7.1 ") and begin.endswith("From your line 2 messages have been sent within a day, "
                                                             "that is the limit of your provider.")
    assert end.split(" hours. ")[1] == f"Help: {HELP}" and 20 <= int(end.split()[0]) <= 28
    with Line(lab, lab.bob, family, over=over) as other:
        assert passed([other.send()]) == [True]


@pytest.mark.parametrize("stages", [("RCPT",), ("DATA",), ("END-OF-MESSAGE",), tuple(STAGES)], ids=lambda s: "+".join(s))
@pytest.mark.parametrize("limit, refused_at", [("messages 3/hour", 3), ("recipients 6/hour", 3)])
def test_nothing_counts_twice_wherever_postfix_asks(lab, serve, ways, family, stages, limit, refused_at):
    serve(limit)
    both = (RECIPIENT[4], RECIPIENT[6])
    with Line(lab, lab.alice, family, stages) as line:
        answers = [line.send(*both) for _ in range(5)]
    assert passed(answers) == [number < refused_at for number in range(5)], answers
    assert all("4.7.1" in answer and answer.startswith("450") for answer in answers[refused_at:]), answers


def test_chunks_are_no_way_round(lab, serve, ways, family):
    serve("messages 2/day")
    with Line(lab, lab.alice, family, ("DATA",)) as line:
        answers = [line.send(chunked=True) for _ in range(3)]
    assert passed(answers) == [True, True, False], answers


def test_of_a_long_list_as_many_pass_as_the_limit_allows(lab, serve, ways, family):
    serve("recipients 2/day")
    with Line(lab, lab.alice, family, ("RCPT", "DATA")) as line:
        answers = line.begin(*LIST)
        assert passed(answers) == [True, True, False, False], answers
        line.session.expect("DATA", 354)
        line.session.expect("Subject: a mail\r\n\r\nhello\r\n.", 250)


def test_a_list_longer_than_the_limit_is_told_so_for_good(lab, serve, ways, family):
    serve("recipients 2/day")
    with Line(lab, lab.alice, family, ("DATA",)) as line:
        answer = line.send(*LIST[:3])
        assert answer.startswith("554 5.7.1") and "This message is for 3 recipients" in answer, answer
        assert passed([line.send(*LIST[:2])]) == [True]


def test_a_user_is_limited_wherever_he_is(lab, serve, ways, family):
    serve("messages 3/day", {"limit": "messages 1/day", "match": ["100.64.1.0/24", "2001:db8:1000:100::/56"]})
    answers = []
    for host, by in ((lab.alice, family), (lab.bob, 10 - family), (lab.internet, family), (lab.internet, family)):
        with Line(lab, host, by, ("DATA",), user=USERS["relay"]) as line:
            answers.append(line.send())
    assert passed(answers) == [True, True, True, False], answers
    assert "You have sent 3 messages within a day" in answers[3]


def test_a_rejected_mail_does_not_come_back(lab, serve, ways, family):
    serve({"limit": "messages 1/hour", "answer": "reject"})
    with Line(lab, lab.alice, family) as line:
        answers = [line.send(), line.send()]
    assert answers[1].startswith("554 5.7.1") and "that is the limit of your provider" in answers[1], answers


def test_a_monitored_limit_refuses_nothing(lab, serve, ways, family):
    serve({"limit": "messages 1/hour", "mode": "monitor"})
    with Line(lab, lab.alice, family, tuple(STAGES)) as line:
        assert passed([line.send() for _ in range(3)]) == [True] * 3


@pytest.mark.parametrize("over", ["unix", 4, 6], ids=["unix", "inet-ipv4", "inet-ipv6"])
def test_mail_passes_when_the_agent_is_dead(lab, serve, ways, family, over):
    agent = serve("messages 1/day")
    with Line(lab, lab.alice, family, over=over) as line:
        assert passed([line.send(), line.send()]) == [True, False]
        agent.kill()
        assert passed([line.send()]) == [True]
    agent.start()
    with Line(lab, lab.alice, family, over=over) as line:
        until(lambda: not passed([line.send()])[0], "the limit to hold again")


def test_a_relay_that_may_not_ask_sends_on_and_is_told_of(lab, serve, ways, family):
    agent = serve("messages 1/day", policy_clients=["203.0.113.25"])
    with Line(lab, lab.alice, family, over=family) as line:
        assert passed([line.send() for _ in range(3)]) == [True] * 3
    assert any(f"refused: {host[family]} may not ask the policy service" in agent.log() for host in (RELAY, PORTAL))


def test_an_alert_follows_from_the_line_that_sent_too_much(lab, serve, ways, family):
    agent = serve({"limit": "messages 1/hour", "then": "refuse-and-alert"})
    with Line(lab, lab.alice, family) as line:
        assert passed([line.send(), line.send()]) == [True, False]
    [found] = until(agent.quarantines, "the subscriber to be in quarantine")
    subscriber = lab.alice.address[4] if family == 4 else "2001:db8:1000:100::/56"
    assert found["prefix"] == subscriber and "gate25" in found["reason"], found
