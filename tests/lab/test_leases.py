# SPDX-License-Identifier: GPL-2.0-or-later
"""Who has which address by DHCP: real servers, a real client, and what is decided of a subscriber on his next address."""

import os

import pytest

from .api import ask
from .dhcp import HARDWARE, Client, carol
from .dnsmasq import Dnsmasq
from .elements import prefix_of, read_kernel
from .kea import Kea
from .until import until

OTHER = "02:00:5e:00:53:99"


@pytest.fixture
def home(lab, request):
    directory = lab.home / f"leases-{request.node.name.replace('[', '-').strip(']')}"
    directory.mkdir()
    return directory


@pytest.fixture
def subscriber(lab):
    with carol(lab) as ns:
        yield ns


@pytest.fixture
def start(request):
    """Starts a server or a client, and stops it after the test."""
    def started(one, **options):
        request.addfinalizer(one.stop)
        return one.start(**options)

    return started


def source_of(server, kind, **more):
    path = server.socket if kind == "kea" else server.leases
    return {"name": f"dhcp-{server.leases.stem}", "kind": kind, "path": str(path), **more}


def held(agent, subscriber):
    """All prefixes that he has now."""
    answer = ask(agent.socket, "GET", f"/v1/assignments?subscriber={subscriber}")
    assert answer.status == 200, answer
    return sorted(one["prefix"] for one in answer.body["assignments"] if one["stands"])


def source(agent, name=None):
    """What the agent tells of a source of leases, the first one without a name."""
    answer = ask(agent.socket, "GET", "/v1/sources")
    assert answer.status == 200, answer
    return next(one for one in answer.body["sources"] if one["name"] == name or (name is None and one["name"].startswith("dhcp-")))


def addresses(ns):
    """Global ones of both families, as the client has set them; None before it has."""
    lines = ns.run("ip", "-o", "address", "show", "dev", "up0", "scope", "global").stdout.splitlines()
    found = sorted(line.split()[3].split("/")[0] for line in lines)
    return found if {":" in one for one in found} == {True, False} else None


def enforced(prefixes):
    """Where a quarantine can be: a single IPv6 address is no subscriber's prefix."""
    return {prefix_of(one.split("/")[0]) for one in prefixes if "." in one or "/56" in one}


def gets(agent, client, count, but=()):
    """What the client has when the agent knows of so many leases."""
    def found():
        has = held(agent, HARDWARE)
        return len(has) == count and not set(has) & set(but) and has

    return until(found, f"{count} leases of {HARDWARE}\n{client.log()}\n{agent.log()}", 20)


@pytest.mark.parametrize("kind", ["kea", "kea-file"])
def test_kea_tells_who_has_what_and_a_quarantine_moves_with_him(lab, start_agent, home, subscriber, start, kind):
    kea4, kea6 = [start(Kea(lab.router, home, family)) for family in (4, 6)]
    every = {"every": "1s"} if kind == "kea" else {}
    agent = start_agent(source=[source_of(server, kind, **every) for server in (kea4, kea6)])
    client = start(Client(subscriber, home))
    first = gets(agent, client, 3)
    [delegated] = [one for one in first if one.endswith("/56")]
    single4, single6 = sorted((one for one in first if one != delegated), key=lambda one: ":" in one)
    assert [single4, single6] == until(lambda: addresses(subscriber), "addresses")
    agent.gate25("quarantine", single4, "--reason", "test")
    assert until(lambda: read_kernel(lab.router), "a quarantine").keys() == enforced(first)
    # He gives them back, others get them, and he gets new ones.
    client.release()
    until(lambda: held(agent, HARDWARE) == [], "the end of all leases", 20)
    until(lambda: not read_kernel(lab.router), "nobody in quarantine")
    kea4.add(single4, OTHER)
    kea6.add(single6, OTHER)
    kea6.add(delegated.removesuffix("/56"), OTHER, type="IA_PD", **{"prefix-len": 56, "iaid": 2})
    start(client)
    moved = gets(agent, client, 3, but=first)
    until(lambda: read_kernel(lab.router).keys() == enforced(moved), "the quarantine on the new ones alone")
    until(lambda: held(agent, OTHER) == first, "the other one to have the old ones")
    assert (source(agent)["conflicts"], source(agent)["malformed"], source(agent)["problem"]) == (0, 0, None)


def test_dnsmasq_tells_who_has_what(lab, start_agent, home, subscriber, start):
    server = start(Dnsmasq(lab.router, home))
    agent = start_agent(source=[source_of(server, "dnsmasq")])
    client = start(Client(subscriber, home, delegated=False))
    assert gets(agent, client, 2) == until(lambda: addresses(subscriber), "addresses")
    client.release()
    until(lambda: held(agent, HARDWARE) == [], "the end of the leases", 20)


def test_a_journal_that_kea_cleans_up_is_followed(lab, start_agent, home, subscriber, start):
    kea = Kea(lab.router, home, 4)
    start(kea, clean_every=1)
    agent = start_agent(source=[source_of(kea, "kea-file")])
    for number in range(10, 20):
        kea.add(f"100.64.9.{number}", f"02:00:5e:00:54:{number}")
    kea.remove("100.64.9.10")
    until(lambda: source(agent)["assignments"] == 9, "nine leases")
    until(kea.leases.with_name(kea.leases.name + ".2").exists, "Kea to clean up", 20)
    kea.add("100.64.9.30", HARDWARE)
    kea.remove("100.64.9.11")
    until(lambda: (held(agent, HARDWARE), source(agent)["assignments"]) == (["100.64.9.30"], 9), "what came after")
    # What happens while nobody looks is found at the next start.
    agent.stop()
    kea.remove("100.64.9.12")
    kea.add("100.64.9.31", HARDWARE)
    agent.start()
    until(lambda: (held(agent, HARDWARE), source(agent)["assignments"]) == (["100.64.9.30", "100.64.9.31"], 9), "what came meanwhile")
    assert held(agent, "02:00:5e:00:54:12") == []
    assert source(agent)["malformed"] == 0


def test_a_server_that_is_gone_ends_nothing(lab, start_agent, home, subscriber, start):
    kea = start(Kea(lab.router, home, 4))
    kea.add("100.64.9.10", HARDWARE)
    kea.add("100.64.9.11", OTHER)
    kea.add("10.9.9.9", OTHER, **{"subnet-id": 2})
    agent = start_agent(source=[source_of(kea, "kea", every="1s")])
    until(lambda: (held(agent, HARDWARE), held(agent, OTHER)) == (["100.64.9.10"], ["100.64.9.11"]), "the leases")
    assert source(agent)["outside"] == 1
    agent.gate25("quarantine", "100.64.9.10", "--reason", "test")
    kea.stop()
    until(lambda: "does not answer" in (source(agent)["problem"] or ""), "the agent to notice")
    assert (held(agent, HARDWARE), held(agent, OTHER)) == (["100.64.9.10"], ["100.64.9.11"])
    assert prefix_of("100.64.9.10") in read_kernel(lab.router)
    start(kea)
    kea.remove("100.64.9.11")
    until(lambda: held(agent, OTHER) == [], "the end of what is gone")
    assert (held(agent, HARDWARE), source(agent)["problem"]) == (["100.64.9.10"], None)


def test_a_reload_opens_what_is_new_and_reads_the_rest_anew(lab, start_agent, home):
    files = [home / "one.csv", home / "two.csv"]
    files[0].write_text("prefix,subscriber\n100.64.1.2,anna\n100.64.2.2,bert\n")
    files[1].write_text("subscriber,prefix\ncarl,2001:db8:1000:200::/56\n")
    sources = [{"name": f"dhcp-{file.stem}", "kind": "csv", "path": str(file)} for file in files]
    agent = start_agent(network={"subscribers": ["100.64.1.0/24", "2001:db8:1000::/36"]}, source=sources[:1])
    until(lambda: held(agent, "anna") == ["100.64.1.2"], "the list")
    assert (held(agent, "bert"), source(agent)["outside"]) == ([], 1)
    agent.configure({"source": sources})
    agent.reload()
    until(lambda: [held(agent, who) for who in ("anna", "bert", "carl")] == [["100.64.1.2"], ["100.64.2.2"], ["2001:db8:1000:200::/56"]], "both lists")


def test_a_list_is_taken_as_a_whole_or_ends_nothing(lab, start_agent, home):
    file = home / "list.csv"

    def write(*lines, end="\n"):
        new = home / "list.new"
        new.write_text("\n".join(["prefix,subscriber,ports", *lines]) + end)
        os.rename(new, file)

    write("100.64.1.2,anna,", "2001:db8:1000:100::/56,anna,", "100.64.2.2,bert,", "198.51.100.1,carl,1024-2047", "192.0.2.99,dora,")
    agent = start_agent(source=[{"name": "dhcp-list", "kind": "csv", "path": str(file)}], assignments={"nat": ["198.51.100.0/24"]})
    anna = ["100.64.1.2", "2001:db8:1000:100::/56"]

    def all_held():
        return [held(agent, who) for who in ("anna", "bert", "carl", "dora")]

    until(lambda: all_held() == [anna, ["100.64.2.2"], ["198.51.100.1"], []], "the list")
    assert source(agent)["outside"] == 1
    agent.gate25("quarantine", "100.64.1.2", "--reason", "test")
    assert read_kernel(lab.router).keys() == enforced(anna)
    for broken, why in ((["100.64.1.2,bert,", "nonsense"], f"{file}:3: "), (["100.64.1.2,bert,", "100.64.1.2,carl,"], "stands there twice")):
        write(*broken)
        until(lambda: why in (source(agent)["problem"] or ""), f"{why} in {source(agent)}")
        until(lambda: all_held()[:2] == [["2001:db8:1000:100::/56"], ["100.64.1.2", "100.64.2.2"]], "what could be read, and no end")
    write("100.64.2.2,anna,", end="")
    until(lambda: "without a newline" in (source(agent)["problem"] or ""), "half a list")
    assert all_held()[:2] == [["2001:db8:1000:100::/56"], ["100.64.1.2", "100.64.2.2"]]
    write("100.64.2.2,anna,")
    until(lambda: all_held() == [["100.64.2.2"], [], [], []], "the next list")
    until(lambda: read_kernel(lab.router).keys() == enforced(["100.64.2.2"]), "the quarantine at his new address")
    assert source(agent)["problem"] is None
