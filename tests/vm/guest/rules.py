# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules with all their parts, on real connections."""

import socket

from kernel_state import listed
from lab import nft
from lab.net import FOREIGN, PORTAL, RELAY, WEB_SITE
from lab.until import until
from lab.web import WebSite, read
from place import answer

# alice: block. bob: redirect. Everything optional is switched on.
SETTINGS = {
    "network": {"subscribers": ["100.64.0.0/10", "2001:db8:1000::/36"], "relays": list(RELAY.values()),
                "subscriber_prefix_ipv6": 56, "further_lengths_ipv4": [24, 28], "further_lengths_ipv6": [48, 64]},
    "port25": {"policy": "block", "deny": "reset", "tunnels": "drop"},
    "garden": {"allow": list(PORTAL.values()), "portal_ipv4": PORTAL[4], "portal_ipv6": PORTAL[6]},
    "prefix": [{"match": ["100.64.2.0/24", "2001:db8:1000:200::/56"], "policy": "redirect"}],
}

NETWORK = {4: "100.64.1.0/24", 6: "2001:db8:1000::/48"}


def check_status_is_ok(agent):
    status = agent.gate25("status")
    assert (status["state"], status["kernel"]["table"]) == ("ok", "present"), status


def check_all_parts_are_loaded(place, agent):
    chains = {item["chain"]["name"] for item in listed(place.router, "chains", "inet") if "chain" in item}
    wanted = {"forward", "redirect_new", "garden", "portal", "tunnels"}
    assert wanted <= chains, f"{wanted - chains} missing of {sorted(chains)}"
    sets = {item["set"]["name"] for item in listed(place.router, "sets", "inet") if "set" in item}
    wanted = {f"quarantine{tail}_port25" for tail in ("4", "6", "4_24", "4_28", "6_48", "6_64")}
    assert wanted <= sets, f"{wanted - sets} missing of {sorted(sets)}"
    return f"{len(chains)} chains, {len(sets)} sets"


def check_port_25_is_refused_with_a_reset(place, agent, family):
    before = nft.packets(place.router, "block", family), nft.packets(place.router, "reset", family)
    assert answer(place.alice, FOREIGN[family]) == "refused"
    after = nft.packets(place.router, "block", family), nft.packets(place.router, "reset", family)
    assert after[0] > before[0] and after[1] > before[1], f"{before} -> {after}"


def check_the_relay_is_reached(place, agent, family):
    assert answer(place.alice, RELAY[family]) == "relay 25"


def check_submission_passes(place, agent, family):
    assert answer(place.alice, FOREIGN[family], 587) == "internet 587"


def check_the_exempt_pass_until_unexempt(place, agent, family):
    agent.gate25("exempt", place.alice.address[family])
    assert answer(place.alice, FOREIGN[family]) == "internet 25"
    agent.gate25("unexempt", place.alice.address[family])
    assert answer(place.alice, FOREIGN[family]) == "refused"


def check_25_is_redirected_to_587(place, agent, family):
    assert answer(place.bob, FOREIGN[family]) == "internet 587"
    assert answer(place.bob, RELAY[family]) == "relay 25"
    agent.gate25("quarantine", place.bob.address[family])
    assert answer(place.bob, FOREIGN[family]) == "refused"
    agent.gate25("release", place.bob.address[family])
    assert answer(place.bob, FOREIGN[family]) == "internet 587"


def check_a_further_length_is_quarantined(place, agent, family):
    agent.gate25("exempt", place.alice.address[family])
    agent.gate25("quarantine", NETWORK[family])
    assert answer(place.alice, FOREIGN[family]) == "refused"
    agent.gate25("release", NETWORK[family])
    assert answer(place.alice, FOREIGN[family]) == "internet 25"
    agent.gate25("unexempt", place.alice.address[family])


def check_the_garden_shows_the_portal(place, agent, family):
    sites = [WebSite(place.internet, WEB_SITE[family], "the world"), WebSite(place.relay, PORTAL[family], "why")]
    try:
        assert read(place.alice, WEB_SITE[family]) == "the world"
        agent.gate25("quarantine", place.alice.address[family], "--level", "garden")
        assert read(place.alice, WEB_SITE[family]) == "why"
        assert answer(place.alice, FOREIGN[family], 2525, 1) in ("refused", "silence")
        agent.gate25("release", place.alice.address[family])
        assert read(place.alice, WEB_SITE[family]) == "the world"
    finally:
        for site in sites:
            site.stop()


def check_a_tunnel_is_dropped(place, agent, family):
    """GRE from the subscriber to the outside; with an exemption it passes."""
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with place.internet.inside():
        there = socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_GRE)
    with place.alice.inside():
        here = socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_GRE)
    there.settimeout(0.5)
    with here, there:
        here.sendto(b"refused", (FOREIGN[family], 0))
        agent.gate25("exempt", place.alice.address[family])
        here.sendto(b"welcome", (FOREIGN[family], 0))
        assert until(lambda: there.recv(2000), "a tunnelled packet").endswith(b"welcome")
        agent.gate25("unexempt", place.alice.address[family])
