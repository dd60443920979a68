# SPDX-License-Identifier: GPL-2.0-or-later
"""What subscribers are told: mail by a real mail server, signed requests, and what happens when one of them is away."""

import json
from email.header import decode_header, make_header

import pytest

from .agent import REPOSITORY
from .api import ask
from .courier import KEY, Courier, Receiver, Silence
from .mail import DOMAIN
from .net import FOREIGN, RELAY
from .until import until

HOOK_PORT = 8080


def server(family):
    return f"smtp://{FOREIGN[4]}:25" if family == 4 else f"smtp://[{FOREIGN[6]}]:25"


@pytest.fixture
def receiver(lab, family):
    receiver = Receiver(lab.relay.ns, RELAY[family], HOOK_PORT)
    yield receiver
    receiver.stop()


@pytest.fixture
def serve(lab, start_agent):
    """serve(relay, hooks={name: url}) -> agent and courier, which is not started yet."""
    couriers = []

    def start(relay="", hooks=None, **notices):
        key = lab.home / "hook-key"
        key.write_text(KEY + "\nwhat follows is no key\n")
        mail = {"relay": relay, "from": "Größe Netz <abuse@provider.example>", "mail_to": f"{{subscriber}}@{DOMAIN}"} if relay else {}
        section = {**mail, "templates": str(REPOSITORY / "packaging/notices"), "provider": "Größe Netz",
                   "site": "https://help.provider.example/mail", **notices}
        hook = [{"name": name, "url": url, "secret_file": str(key)} for name, url in (hooks or {}).items()]
        agent = start_agent(notices=section, quarantine={"duration": ["manual"]}, hook=hook)
        couriers.append(Courier(agent))
        return agent, couriers[-1]

    yield start
    for courier in couriers:
        print(courier.log())
        courier.stop()


def ok(answer):
    assert answer.status in (200, 201), answer
    return answer.body


def assign(agent, subscriber, *prefixes):
    for prefix in prefixes:
        ok(ask(agent.socket, "POST", "/v1/assignments", json.dumps({"prefix": prefix, "subscriber": subscriber})))


def accuse(agent, address, **more):
    return ok(ask(agent.socket, "POST", "/v1/alerts", json.dumps({"address": address, "kind": "spam", **more})))


def quarantine(agent, subject):
    key = "prefix" if subject[0].isdigit() else "subscriber"
    return ok(ask(agent.socket, "POST", "/v1/quarantines", json.dumps({key: subject})))["quarantine"]["id"]


def notices(agent, **query):
    words = "&".join(f"{name}={value}" for name, value in {"limit": 1000, **query}.items())
    return ok(ask(agent.socket, "GET", "/v1/notices?" + words))["notices"]


def states(agent, **query):
    return {one["id"]: one["state"] for one in notices(agent, **query)}


def are_over(agent):
    return "waiting" not in states(agent).values()


def subject_of(mail):
    return str(make_header(decode_header(mail["Subject"])))


def mail_with(lab, code):
    return next((mail for mail in lab.foreign.inbox.messages() if code in subject_of(mail)), None)


def wait_for_mail(lab, code):
    return until(lambda: mail_with(lab, code), f"the mail with the code {code}", 15)


def test_a_subscriber_is_told_by_mail(lab, serve, family):
    silence = Silence(lab.relay.ns, RELAY[family], HOOK_PORT + 1)      # a hook that is dead holds up no mail
    url = f"http://{RELAY[4]}:{HOOK_PORT + 1}/" if family == 4 else f"http://[{RELAY[6]}]:{HOOK_PORT + 1}/"
    agent, courier = serve(server(family), {"dead": url})
    courier.start()
    assign(agent, "anna", "100.64.1.2", "2001:db8:1000:100::/56")
    ok(ask(agent.socket, "PUT", "/v1/subscribers/anna", json.dumps({"language": "de"})))
    accuse(agent, lab.alice.address[family], port=40123)
    told = next(one for one in notices(agent, subscriber="anna") if one["channel"] == "mail")
    mail = wait_for_mail(lab, told["code"])
    assert mail["To"] == f"anna@{DOMAIN}" and mail["Auto-Submitted"] == "auto-generated"
    assert str(make_header(decode_header(mail["From"]))) == "Größe Netz <abuse@provider.example>"
    assert mail["Message-ID"].startswith(f"<gate25-notice-{told['id']}.") and mail["Message-ID"].endswith("@provider.example>")
    assert mail.get_content_type() == "multipart/alternative" and mail["Date"] and mail["Return-Path"] == "<abuse@provider.example>"
    plain, html = (part.get_payload(decode=True).decode() for part in mail.get_payload())
    assert [part.get_content_type() for part in mail.get_payload()] == ["text/plain", "text/html"]
    for text in (plain, html):
        assert "unerwünschte" in text and told["code"] in text and lab.alice.address[family] in text and "40123" in text
    until(lambda: states(agent, subscriber="anna")[told["id"]] == "sent", "the report of it")
    agent.gate25("release", lab.alice.address[family])
    released = next(one for one in notices(agent, subscriber="anna") if (one["kind"], one["channel"]) == ("released", "mail"))
    assert "wieder frei" in subject_of(wait_for_mail(lab, released["code"]))
    silence.stop()


def test_a_program_is_told_and_can_know_by_whom(lab, serve, receiver, family):
    agent, courier = serve("", {"tickets": receiver.start().url})
    courier.start()
    assign(agent, "anna", "100.64.1.2" if family == 4 else "2001:db8:1000:100::/56")
    decision = quarantine(agent, "anna")
    until(lambda: receiver.told, "the hook to be told")
    told = receiver.told[0]
    assert told.is_signed and told.kind == "quarantined"
    assert (told.body["subscriber"], told.body["decision"], told.body["id"]) == ("anna", decision, told.number)
    until(lambda: are_over(agent), "the report of it")
    receiver.answers = [410]
    agent.gate25("release", str(decision))
    until(lambda: are_over(agent), "the end of it")
    assert states(agent)[receiver.told[-1].number] == "given-up"
    assert len(receiver.told) == 2


def test_who_is_refused_for_good_is_not_asked_again(lab, serve, family):
    agent, courier = serve(server(family), mail_to="{subscriber}@elsewhere.example")
    courier.start()
    assign(agent, "anna", "100.64.1.2")
    quarantine(agent, "anna")
    until(lambda: are_over(agent), "the end of it")
    (told,) = notices(agent)
    assert (told["state"], told["tries"]) == ("given-up", 1) and "Relay access denied" in told["problem"]
    assert any(one["event"] == "notice" for one in ask(agent.socket, "GET", "/v1/events").body["events"])


def test_what_is_away_comes_back(lab, serve):
    """A mail server that cannot be reached, a hook that answers with 500, one that redirects, one that is not there yet."""
    ill = Receiver(lab.relay.ns, RELAY[4], HOOK_PORT, [500])
    moved = Receiver(lab.relay.ns, RELAY[6], HOOK_PORT, [302])
    late = Receiver(lab.relay.ns, RELAY[6], HOOK_PORT + 2)
    ill.start()
    moved.start()
    agent, courier = serve(server(4), {"ill": ill.url, "moved": moved.url, "late": late.url})
    lab.router.run("ip", "route", "add", "unreachable", FOREIGN[4])
    try:
        courier.start()
        assign(agent, "anna", "100.64.1.2")
        quarantine(agent, "anna")
        until(lambda: [one["tries"] for one in notices(agent)] == [1] * 4, "a first try of each")
    finally:
        lab.router.run("ip", "route", "del", "unreachable", FOREIGN[4])
    late.start()
    code = notices(agent)[0]["code"]
    until(lambda: are_over(agent), "the second try", 50)
    assert set(states(agent).values()) == {"sent"} and {one["tries"] for one in notices(agent)} == {2}
    assert mail_with(lab, code) and [len(one.told) for one in (ill, moved, late)] == [2, 2, 1]
    assert ill.numbers()[0] == ill.numbers()[1]
    for one in (ill, moved, late):
        one.stop()


def test_killed_agents_and_couriers_lose_nothing(lab, serve, receiver, family):
    agent, courier = serve(server(family), {"tickets": receiver.start().url})
    people = [f"line{family}-{number}" for number in range(20)]
    for number, name in enumerate(people):
        assign(agent, name, f"100.64.9.{number}")
        quarantine(agent, name)
    known = states(agent)
    assert set(known.values()) == {"waiting"} and len(known) == 40
    courier.start()
    until(lambda: sum(state == "sent" for state in states(agent).values()) >= 10, "the first reports")
    courier.kill()
    reported = {number for number, state in states(agent).items() if state == "sent"}
    agent.kill()                                # which forgets who had what
    agent.start()
    courier.start()
    until(lambda: receiver.told and sum(state == "sent" for state in states(agent).values()) >= 25, "more reports")
    agent.kill()                                # the courier lives on, and reports when it can
    agent.start()
    until(lambda: are_over(agent), "the end of all", 30)
    assert set(states(agent).values()) == {"sent"}
    by_hook = receiver.numbers()
    by_mail = [int(mail["Message-ID"].split("-")[2].split(".")[0]) for mail in lab.foreign.inbox.messages()
               if (mail["To"] or "").startswith(f"line{family}-")]
    delivered = [number for number in by_hook + by_mail if number in known]
    assert set(delivered) == set(known)
    assert all(delivered.count(number) == 1 for number in reported)


def test_once_sends_all_that_is_due(lab, serve, receiver, family):
    agent, courier = serve(server(family), {"tickets": receiver.start().url})
    for number in range(40):                    # more than are on their way at once
        assign(agent, f"once{family}-{number}", f"100.64.10.{number}")
        quarantine(agent, f"once{family}-{number}")
    done = courier.run("--once")
    assert done.returncode == 0, done
    assert set(states(agent).values()) == {"sent"} and len(states(agent)) == 80


def test_the_courier_says_what_is_wrong(lab, serve):
    agent, courier = serve(server(4))
    done = courier.run("--check")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert courier.run("--once").returncode == 0
    texts = agent.home / "texts"
    (texts / "en").mkdir(parents=True)
    (texts / "en/released.txt").write_text("Subject: x\n\nDear {{nme}},\n{{#code}}\n")
    settings = {"notices": {"relay": server(4), "from": "a@provider.example", "templates": str(texts)}}
    agent.configure(settings)
    done = courier.run("--check")
    assert done.returncode == 5
    assert f"{texts}/en/released.txt:3:6: nothing is called \"nme\"" in done.stderr
    assert f"{texts}/en/released.txt:4:1: expected {{{{/code}}}}" in done.stderr
    agent.stop()
    assert courier.run("--once").returncode == 3
