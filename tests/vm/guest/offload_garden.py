# SPDX-License-Identifier: GPL-2.0-or-later
"""The garden is about every protocol and every port, so nothing of a subscriber may stay in a flowtable but what it allows."""

import socket
import threading

from lab.net import FOREIGN, PORTAL
from lab.until import until
from offload import fast_lane, is_offloaded, offloaded, quarantined_while_offloaded

SETTINGS = {"port25": {"policy": "open"},
            "garden": {"portal_ipv4": PORTAL[4], "portal_ipv6": PORTAL[6]}}


def check_a_session_at_any_port_is_cut(place, agent, family):
    for first in ("subscriber", "server"):
        quarantined_while_offloaded(place, agent, place.alice, family, 2525, "garden", first)


def check_a_session_that_was_opened_to_him_is_cut(place, agent, family):
    listener = listen(place.alice, 8080)
    with fast_lane(place), place.internet.connect(place.alice.address[family], 8080, 5) as outside:
        inside, _ = listener.accept()
        with listener, inside:
            port = outside.getsockname()[1]
            speak(outside, inside)
            until(lambda: is_offloaded(place.router, family, port), "the connection to be offloaded", 5)
            agent.gate25("quarantine", place.alice.address[family], "--level", "garden")
            try:
                inside.sendall(b"out\n")
                outside.settimeout(10)
                assert is_ended(outside), "the subscriber's words came through"
                inside.settimeout(10)
                assert is_ended(inside), "the subscriber was not told"
            finally:
                agent.gate25("release", place.alice.address[family])


def check_datagrams_are_cut(place, agent, family):
    echo, echo_port = echo_server(place.internet)
    with place.alice.inside():
        alice = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    with echo, alice:
        alice.connect((FOREIGN[family], echo_port))
        alice.settimeout(5)
        with fast_lane(place):
            for _ in range(5):
                assert is_echoed(alice)
            until(lambda: is_offloaded(place.router, family, alice.getsockname()[1], "udp"), "the flow to be offloaded", 5)
            agent.gate25("quarantine", place.alice.address[family], "--level", "garden")
            alice.settimeout(1)
            assert not is_echoed(alice), "a datagram came through"
            agent.gate25("release", place.alice.address[family])
            alice.settimeout(5)
            assert is_echoed(alice), "nothing comes through after the release"


def check_the_allowed_stays(place, agent, family):
    agent.configure({**SETTINGS, "garden": {**SETTINGS["garden"], "allow": [FOREIGN[4], FOREIGN[6]]}})
    agent.reload()
    with offloaded(place, place.alice, family, 2525) as (session, _):
        agent.gate25("quarantine", place.alice.address[family], "--level", "garden")
        assert (fate := session.fate(10)) == "acknowledged", fate
        assert is_offloaded(place.router, family, session.port), "it was taken out for nothing"
        agent.gate25("release", place.alice.address[family])
    agent.configure(SETTINGS)
    agent.reload()


def listen(ns, port):
    with ns.inside():
        return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)


def speak(one, other):
    for _ in range(3):
        one.sendall(b"words\n")
        assert other.recv(100)
        other.sendall(b"words\n")
        assert one.recv(100)


def is_ended(connection):
    """Nothing was received but the end. Silence is an error of its own: TimeoutError."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def echo_server(ns):
    """And its port, a new one each time: the thread lets go of it later."""
    with ns.inside():
        server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.bind(("::", 0))

    def serve():
        try:
            while True:
                data, peer = server.recvfrom(100)
                server.sendto(data, peer)
        except OSError:
            pass    # closed

    threading.Thread(target=serve, daemon=True).start()
    return server, server.getsockname()[1]


def is_echoed(client):
    client.send(b"words")
    try:
        return client.recv(100) == b"words"
    except (TimeoutError, ConnectionRefusedError):
        return False
