# SPDX-License-Identifier: GPL-2.0-or-later
"""Who holds which address by RADIUS accounting: a real access server, a real RADIUS server that passes it on, and forgers."""

import socket

import pytest

from .api import ask
from .net import FOREIGN, PORTAL, RELAY
from .radius import PORT, SECRET, AccessServer, Proxy, endpoint, now
from .until import until

ROUTER = {4: "192.0.2.1", 6: "2001:db8:25::1"}     # the relay's side of the router, behind which access servers stand here
HELD = {"alice": {4: "100.64.1.2", 6: "2001:db8:1000:100::/56"}, "bob": {4: "100.64.2.2", 6: "2001:db8:1000:200::/56"}}
CLIENTS = [*RELAY.values(), *PORTAL.values()]       # all of one host, which sends from whichever it likes
TAKEN_UP = {4: "Framed_IP_Address", 6: "Delegated_IPv6_Prefix"}


@pytest.fixture
def agent(lab, start_agent):
    secret = lab.home / "radius-secret"
    secret.write_text(f"{SECRET}\nwhat follows is no secret\n")
    client = {"name": "access", "match": CLIENTS, "secret_file": str(secret)}
    return start_agent(port25={"policy": "open"}, radius={"listen": [endpoint(one) for one in ROUTER.values()]}, radius_client=[client])


@pytest.fixture
def access(lab, family):
    return AccessServer(lab.relay.ns, endpoint(ROUTER[family]))


def held(host):
    """All that a host of the lab has, as attributes."""
    return {TAKEN_UP[family]: what for family, what in HELD[host].items()}


def holder(agent, address):
    answer = ask(agent.socket, "GET", f"/v1/subscribers?address={address}")
    assert answer.status == 200, answer
    return answer.body["holder"] and answer.body["holder"]["subscriber"]


def holders(lab, agent, host):
    return {holder(agent, address) for address in getattr(lab, host).address.values()}


def counters(agent):
    answer = ask(agent.socket, "GET", "/v1/sources")
    assert answer.status == 200, answer
    return next(one for one in answer.body["sources"] if one["name"] == "radius")


def can_reach_port_25(host, family):
    try:
        with host.connect(FOREIGN[family], 25, 3) as connection:
            return connection.recv(100).startswith(b"220")
    except OSError:
        return False


def test_a_session_begins_moves_and_ends(lab, agent, access):
    assert access.send("Start", "s1", "anna")                       # has no address yet
    assert holders(lab, agent, "alice") == {None}
    assert access.send("Interim-Update", "s1", "anna", **held("alice")), access.log
    assert holders(lab, agent, "alice") == {"anna"}
    assert access.send("Interim-Update", "s1", "anna", **held("bob"))
    assert (holders(lab, agent, "alice"), holders(lab, agent, "bob")) == ({None}, {"anna"})
    assert access.send("Stop", "s1", "anna", **held("bob"))
    assert holders(lab, agent, "bob") == {None}
    assert (counters(agent)["began"], counters(agent)["ended"]) == (4, 4)


def test_a_restarted_access_server_ends_its_own_sessions_only(lab, agent, access):
    other = AccessServer(lab.relay.ns, access.target, name="bras-2")
    assert access.send("Start", "s1", "anna", **held("alice")) and other.send("Start", "s1", "bert", **held("bob"))
    assert access.send("Accounting-On", None)
    assert (holders(lab, agent, "alice"), holders(lab, agent, "bob")) == ({None}, {"bert"})


def test_a_radius_server_passes_it_on(lab, agent, family):
    with Proxy(lab.relay.ns, lab.home, ROUTER[family], 18130 + family) as proxy:
        access = proxy.access_server()
        assert access.send("Start", "s1", "anna", **held("alice")), proxy.log()
        assert holders(lab, agent, "alice") == {"anna"}
        assert access.send("Accounting-Off", None), proxy.log()
        assert holders(lab, agent, "alice") == {None}
    assert "Proxy-State = " in proxy.log()


def test_whether_anybody_is_there_can_be_asked(agent, access):
    assert access.ask("status", "Message-Authenticator = 0x00"), access.log


def test_a_message_authenticator_of_another_program_is_right(agent, access):
    assert access.send("Start", "s1", "anna", Framed_IP_Address=HELD["alice"][4], Message_Authenticator="0x00"), access.log
    assert "Message-Authenticator = 0x" in access.log
    assert holder(agent, HELD["alice"][4]) == "anna"


def test_forgers_and_strangers_get_no_answer_and_move_nobody(lab, agent, access, family):
    assert access.send("Start", "s1", "anna", **held("alice"))
    guess = AccessServer(lab.relay.ns, access.target, secret="a guess")
    subscriber = AccessServer(lab.bob, access.target)
    for forger in (guess, subscriber):
        assert not forger.send("Stop", "s1", "anna", wait=0.3)
        assert not forger.send("Start", "s2", "mallory", wait=0.3, **held("alice"))
    assert holders(lab, agent, "alice") == {"anna"}
    assert counters(agent)["forged"] == 4
    assert agent.log().count("RADIUS accounting was dropped") == 1


def test_a_recorded_packet_brings_nobody_back(lab, agent, access, family):
    with recorder(lab.relay.ns, family) as heard:
        spy = AccessServer(lab.relay.ns, endpoint(*heard.getsockname()[:2]))
        assert not spy.send("Start", "s1", "anna", wait=0.3, Event_Timestamp=now() - 10, **held("alice"))
        recorded, _ = heard.recvfrom(4096)
    with lab.relay.ns.inside(), socket.socket(FAMILY[family], socket.SOCK_DGRAM) as line:
        line.settimeout(20)
        line.connect((ROUTER[family], PORT))
        line.send(recorded)
        first = line.recv(4096)
        assert holders(lab, agent, "alice") == {"anna"}
        assert access.send("Stop", "s1", "anna", Event_Timestamp=now())
        line.send(recorded)                                         # a retransmission: the same answer
        assert line.recv(4096) == first
    with lab.relay.ns.inside(), socket.socket(FAMILY[family], socket.SOCK_DGRAM) as line:
        line.settimeout(20)
        line.connect((ROUTER[family], PORT))
        line.send(recorded)                                         # from another port: a packet of its own
        line.recv(4096)
    assert holders(lab, agent, "alice") == {None}
    assert access.send("Start", "s2", "bert", Event_Timestamp=now(), **held("alice"))
    assert access.send("Start", "s3", "anna", Event_Timestamp=now() - 3600, **held("alice"))    # kept for an hour
    assert holders(lab, agent, "alice") == {"bert"}


FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def recorder(namespace, family):
    with namespace.inside():
        heard = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
        heard.bind((RELAY[family], 0))
    heard.settimeout(20)
    return heard


def test_malformed_records_get_no_answer(lab, agent, access):
    assert not access.send("Start", "s1", None, wait=0.3, **held("alice"))                # nobody's name
    assert not access.ask("acct", "Acct-Status-Type = Start, User-Name = anna", wait=0.3) # no session
    assert not access.ask("acct", "User-Name = anna, Acct-Session-Id = s1", wait=0.3)     # what happened?
    assert counters(agent)["malformed"] == 3
    assert holders(lab, agent, "alice") == {None}


def test_what_was_answered_survives_a_kill(lab, agent, access):
    for number in range(20):
        assert access.send("Start", f"s{number}", f"customer-{number}", Framed_IP_Address=f"100.64.7.{number}")
    agent.kill()
    agent.start()
    assert [holder(agent, f"100.64.7.{number}") for number in range(20)] == [f"customer-{number}" for number in range(20)]
    # And what was said before is still known for old: it stands.
    assert access.send("Start", "s99", "mallory", Event_Timestamp=now() - 3600, Framed_IP_Address="100.64.7.3")
    assert holder(agent, "100.64.7.3") == "customer-3"


def test_a_quarantine_goes_where_the_subscriber_goes(lab, agent, access, family):
    assert access.send("Start", "s1", "anna", **held("alice")) and access.send("Start", "s2", "bert", **held("bob"))
    agent.gate25("quarantine", lab.alice.address[family])
    assert (can_reach_port_25(lab.alice, family), can_reach_port_25(lab.bob, family)) == (False, True)
    assert access.send("Stop", "s2", "bert")
    assert access.send("Interim-Update", "s1", "anna", **held("bob"))
    assert (can_reach_port_25(lab.alice, family), can_reach_port_25(lab.bob, family)) == (True, False)
    assert access.send("Start", "s3", "bert", **held("alice"))
    assert (can_reach_port_25(lab.alice, family), can_reach_port_25(lab.bob, family)) == (True, False)


def test_secrets_and_endpoints_change_with_a_reload(lab, agent, access, family):
    settings = {"port25": {"policy": "open"}}
    secret = agent.home / "other-secret"
    listen = {"radius": {"listen": [endpoint(one, 1646) for one in ROUTER.values()]},
              "radius_client": [{"name": "access", "match": CLIENTS, "secret_file": str(secret)}]}
    agent.configure({**settings, **listen})
    agent.reload()
    until(lambda: str(secret) in (counters(agent)["problem"] or ""), "the agent to miss the secret")
    secret.write_text("another\n")
    agent.reload()
    assert counters(agent)["problem"] is None
    moved = AccessServer(lab.relay.ns, endpoint(ROUTER[family], 1646), secret="another")
    assert moved.send("Start", "s1", "anna", **held("alice")), moved.log
    assert not access.send("Stop", "s1", "anna", wait=0.3)
    agent.configure(settings)
    agent.reload()
    assert not moved.send("Stop", "s1", "anna", wait=0.3)
    assert holders(lab, agent, "alice") == {"anna"}
