# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports that nobody but their signature vouches for: delivered by a stranger, judged by the provider's web of trust, with real
keys and a real answer of a key server."""

import email.utils
import json
import subprocess
import sys
from pathlib import Path

import pytest

from .agent import BUILD
from .net import ADDRESS
from .until import until

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from reader.keys import Person, arf  # noqa: E402  (a house of its own, with the same people)

PORT = 11371
NOBODY = 65534
SUBSCRIBER = ADDRESS["alice"]


@pytest.fixture
def people():
    """desk: the provider's own key, whose home is the agent's keyring; firm: whose key the desk has signed; stranger: nobody's friend."""
    made = {name: Person(f"{name}@{name}.example") for name in ("desk", "firm", "stranger")}
    made["desk"].vouch_for(made["firm"])
    made["desk"].gpg("--yes", "--delete-keys", made["firm"].fingerprint)
    yield made
    for one in made.values():
        one.leave()


@pytest.fixture
def keyserver(lab, people, tmp_path):
    """start() and stop(); it has the keys of firm and stranger."""
    for name in ("firm", "stranger"):
        (tmp_path / people[name].fingerprint).write_bytes(people[name].public_key())

    class Server:
        process = None
        asked = tmp_path / "asked"

        def start(self):
            self.process = lab.router.popen(sys.executable, Path(__file__).parent / "keyserver.py", PORT, tmp_path)

        def stop(self):
            if self.process:
                self.process.terminate()
                self.process.wait()

    server = Server()
    yield server
    server.stop()


def settings(people, **openpgp):
    return {"reporter": [{"name": "firm", "openpgp": ["firm@firm.example"]}],
            "openpgp": {"home": str(people["desk"].home), "server": f"http://127.0.0.1:{PORT}", **openpgp},
            "agent": {"alert_users": ["*"]}}


def report_from(person, family):
    """As a security firm would send it, about something that happened just now."""
    part = arf(SUBSCRIBER[family]).replace(b"Sat, 21 Nov 2026 09:59:58 +0000", email.utils.formatdate().encode())
    return person.mail(part)


def deliver(agent, mail):
    """By a user who may deliver and whom nobody believes."""
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", "--clear-groups", BUILD / "cli" / "gate25", "--json", "--socket",
                           agent.home / "alert.sock", "report", "-"], input=mail, capture_output=True, check=False)
    return json.loads(done.stdout)["reports"][0]


def test_a_signature_that_the_web_of_trust_bears_quarantines(start_agent, people, keyserver, family):
    keyserver.start()
    agent = start_agent(**settings(people))
    said = deliver(agent, report_from(people["firm"], family))
    assert said["outcome"] in ("waiting", "decided"), said
    until(agent.quarantines, "the quarantine")
    assert agent.gate25("show", SUBSCRIBER[family])["quarantines"][0]["level"] == "port25"
    row = agent.gate25("history", SUBSCRIBER[family])["alerts"][0]
    assert (row["step"], row["attribution"]["proof"], row["attribution"]["name"]) == (16, "openpgp", "firm")


def test_a_key_that_nobody_vouches_for_only_informs(start_agent, people, keyserver, family):
    keyserver.start()
    agent = start_agent(**settings(people))
    deliver(agent, report_from(people["stranger"], family))
    row = until(lambda: agent.gate25("history", SUBSCRIBER[family])["alerts"], "the report to be judged")[0]
    assert (row["step"], row["attribution"]["proof"]) == (7, "none")
    assert agent.quarantines() == []


def test_an_altered_report_is_refused_and_audited(start_agent, people, keyserver, family):
    keyserver.start()
    agent = start_agent(**settings(people))
    deliver(agent, report_from(people["firm"], family))   # brings the key
    until(agent.quarantines, "the quarantine")
    other = {4: b"Source-IP: 100.64.2.2", 6: b"Source-IP: 2001:db8:1000:200::2"}[family]
    mail = report_from(people["firm"], family).replace(b"Source-IP: " + SUBSCRIBER[family].encode(), other)
    said = deliver(agent, mail)
    assert (said["step"], said["outcome"]) == (2, "refused")
    assert len(agent.quarantines()) == 1
    audit = agent.gate25("history", other.decode().split(": ", 1)[1])["audit"]
    assert [line["what"] for line in audit] == ["report refused"]


def test_an_attack_on_the_key_server_lets_nothing_through_and_loses_nothing(start_agent, people, keyserver, family):
    agent = start_agent(**settings(people))
    said = deliver(agent, report_from(people["firm"], family))
    assert (said["step"], said["outcome"]) == (3, "waiting")
    agent.kill()
    agent.start()
    waiting = agent.gate25("inbox")["reports"]
    assert [one["state"] for one in waiting] == ["waiting"]
    assert agent.quarantines() == []
    keyserver.start()
    until(agent.quarantines, "the report to be decided when its key came", 40)
    assert agent.gate25("inbox")["reports"] == []
    assert keyserver.asked.read_text().split()
