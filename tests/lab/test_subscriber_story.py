# SPDX-License-Identifier: GPL-2.0-or-later
"""One subscriber's whole story: held, held at his next address too, told, let out by himself, left alone, held for longer."""

import json
from datetime import datetime, timezone

import pytest

from . import nft
from .agent import NOT_FOUND, REPOSITORY
from .api import ask
from .client import DELIVERED, NO_CONNECTION, send_direct
from .courier import Courier
from .mail import DOMAIN
from .net import FOREIGN, PORTAL, RELAY
from .radius import SECRET, AccessServer, endpoint, now
from .until import until

ROUTER = {4: "192.0.2.1", 6: "2001:db8:25::1"}
CLIENTS = [*RELAY.values(), *PORTAL.values()]                  # all of one host
HELD = {"alice": ("100.64.1.2", "2001:db8:1000:100::/56"), "bob": ("100.64.2.2", "2001:db8:1000:200::/56")}


@pytest.fixture
def portal(lab):
    return lab.home / "portal.sock"


@pytest.fixture
def agent(lab, start_agent, portal):
    secret = lab.home / "story-secret"
    secret.write_text(SECRET + "\n")
    notices = {"relay": f"smtp://{FOREIGN[4]}:25", "from": "abuse@provider.example", "mail_to": f"{{subscriber}}@{DOMAIN}",
               "templates": str(REPOSITORY / "packaging/notices"), "provider": "Example Net", "site": "https://help.example/mail"}
    return start_agent(port25={"policy": "open"}, alerts={"grace": "3s"}, quarantine={"duration": ["1h", "5h"]}, notices=notices,
                       release={"self": 1}, agent={"portal_socket": str(portal)},
                       radius={"listen": [endpoint(one) for one in ROUTER.values()]},
                       radius_client=[{"name": "access", "match": CLIENTS, "secret_file": str(secret)}])


@pytest.fixture
def courier(agent):
    courier = Courier(agent)
    courier.start()
    yield courier
    print(courier.log())
    courier.stop()


@pytest.fixture
def access(lab, family):
    return AccessServer(lab.relay.ns, endpoint(ROUTER[family]))


def begin(access, session, user, where, **more):
    """Both families in one session, as a home has it."""
    ipv4, ipv6 = HELD[where]
    assert access.send("Start", session, user, Framed_IP_Address=ipv4, Delegated_IPv6_Prefix=ipv6, **more), access.log


def ago(seconds):
    return datetime.fromtimestamp(now() - seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def accuse(agent, host, family, **more):
    answer = ask(agent.socket, "POST", "/v1/alerts", json.dumps({"address": host.address[family], "kind": "spam", **more}))
    assert answer.status == 200, answer
    return answer.body["alerts"][0]


def state(portal, address):
    answer = ask(portal, "GET", f"/v1/portal/state?address={address}")
    assert answer.status == 200, answer
    return answer.body


def let_out(portal, address):
    return ask(portal, "POST", "/v1/portal/release", json.dumps({"address": address, "confirm": True}))


def is_refused(lab, host, family):
    """By the quarantine's own rule, as its counter says."""
    before = nft.packets(lab.router, "port25", family)
    code = send_direct(host, family).code
    return code == NO_CONNECTION and nft.packets(lab.router, "port25", family) > before


def test_from_the_first_alert_to_the_second_case(lab, agent, courier, access, portal, family):
    begin(access, "s1", "anna", "alice")
    assert send_direct(lab.alice, family).code == DELIVERED
    first = accuse(agent, lab.alice, family)["quarantine"]
    for each in (4, 6):                                         # one case, both families
        assert is_refused(lab, lab.alice, each)
    assert len(agent.quarantines()) == 1 and agent.quarantines()[0]["subscriber"] == "anna"

    # Another session, another address and prefix; his old one belongs to somebody else.
    assert access.send("Stop", "s1", "anna")
    begin(access, "s2", "anna", "bob")
    begin(access, "s3", "bert", "alice")
    for each in (4, 6):
        assert is_refused(lab, lab.bob, each)
        assert send_direct(lab.alice, each).code == DELIVERED

    # He is told, and the code in his mail is genuine.
    told = until(lambda: [one for one in ask(agent.socket, "GET", "/v1/notices?subscriber=anna").body["notices"] if one["state"] == "sent"],
                 "the mail to be sent")[0]
    assert any(told["code"] in str(mail["Subject"]) for mail in lab.foreign.inbox.messages())
    assert ask(portal, "GET", f"/v1/portal/codes/{told['code']}").body["known"] is True
    shown = state(portal, lab.bob.address[family])
    assert (shown["state"], shown["level"], shown["self_release"]["allowed"]) == ("quarantined", "port25", True)
    assert 0 < shown["seconds_left"] <= 3600

    # He lets himself out, and is left alone for a while.
    assert let_out(portal, lab.bob.address[family]).status == 200
    for each in (4, 6):
        assert send_direct(lab.bob, each).code == DELIVERED
    assert accuse(agent, lab.bob, family)["step"] == 12
    assert state(portal, lab.bob.address[family])["state"] in ("grace", "free")

    # He falls back: held for longer, and only the desk lets him out now.
    second = until(lambda: accuse(agent, lab.bob, family)["quarantine"], "the end of the grace")
    assert second != first and is_refused(lab, lab.bob, family)
    shown = state(portal, lab.bob.address[family])
    assert shown["seconds_left"] > 3600 and shown["self_release"]["allowed"] is False
    assert let_out(portal, lab.bob.address[family]).status == 409
    story = agent.command("subscriber", "anna").stdout
    assert "anna" in story and "radius" in story and told["code"] in story
    agent.gate25("release", "subscriber:anna", "--reason", "cleaned")
    assert send_direct(lab.bob, family).code == DELIVERED


def test_who_is_offline_is_held_when_he_comes_back_after_a_crash(lab, agent, access, family):
    begin(access, "s1", "anna", "alice")
    accuse(agent, lab.alice, family)
    assert access.send("Stop", "s1", "anna")
    assert send_direct(lab.alice, family).code == DELIVERED      # nobody holds it
    agent.kill()
    agent.start()
    assert agent.quarantines()[0]["prefixes"] == []
    begin(access, "s2", "anna", "bob")
    for each in (4, 6):
        assert is_refused(lab, lab.bob, each)


def test_an_old_report_finds_who_it_was(lab, agent, access, family):
    begin(access, "s1", "anna", "alice", Event_Timestamp=now() - 3600)
    assert access.send("Stop", "s1", "anna", Event_Timestamp=now() - 600)
    begin(access, "s2", "bert", "alice", Event_Timestamp=now() - 300)
    assert accuse(agent, lab.alice, family, at=ago(1800))["outcome"] == "decided"
    assert [one["subscriber"] for one in agent.quarantines()] == ["anna"]
    assert accuse(agent, lab.alice, family, at=ago(450))["step"] == 5      # nobody's then, bert's now: for a person
    assert send_direct(lab.alice, family).code == DELIVERED


def test_an_exemption_goes_with_him(lab, start_agent, access, family):
    secret = lab.home / "story-secret"
    secret.write_text(SECRET + "\n")
    agent = start_agent(radius={"listen": [endpoint(one) for one in ROUTER.values()]},
                        radius_client=[{"name": "access", "match": CLIENTS, "secret_file": str(secret)}])
    begin(access, "s1", "anna", "alice")
    agent.gate25("exempt", lab.alice.address[family])
    assert send_direct(lab.alice, family).code == DELIVERED
    assert access.send("Stop", "s1", "anna")
    begin(access, "s2", "anna", "bob")
    for each in (4, 6):
        assert send_direct(lab.bob, each).code == DELIVERED
        assert send_direct(lab.alice, each).code == NO_CONNECTION


def test_somebody_is_forgotten(lab, agent, access, family):
    begin(access, "s1", "anna", "alice")
    accuse(agent, lab.alice, family)
    agent.gate25("forget", "anna", "--yes", code=1)              # something stands
    agent.gate25("release", "subscriber:anna")
    assert access.send("Stop", "s1", "anna")
    agent.gate25("forget", "anna", "--yes")
    agent.gate25("subscriber", "anna", code=NOT_FOUND)
    until(lambda: b"anna" not in b"".join(file.read_bytes() for file in (agent.home / "state").glob("*.db*")), "no file to name her")
