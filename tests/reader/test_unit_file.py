# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers under gate25d.service: another user with CAP_NET_ADMIN, and the system calls and address families of the unit."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab.until import until

from .keys import Person, arf
from .pool import BUILD, DRIVER, READER, environment
from .test_fetch import Server

CONFINED = Path(__file__).resolve().parent / "confined.py"
CAPABILITY = ["--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin"]


@pytest.fixture
def place():
    """Programs and keys that the unprivileged user can reach, and a directory that is his."""
    directory = Path(tempfile.mkdtemp(prefix="g25-"))
    directory.chmod(0o755)
    for program in (DRIVER, READER):
        shutil.copy(program, directory)
    (directory / "home").mkdir()
    (directory / "tmp").mkdir()
    shutil.copy(BUILD / "packaging/gate25d.service", directory / "unit")
    yield directory
    shutil.rmtree(directory)


def give_away(directory):
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, 65534, 65534)


def confined(place, *words, **options):
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *CAPABILITY, "--no-new-privs", CONFINED,
               place / "unit", place / DRIVER.name, "--scratch", place / "tmp", "--home", place / "home", *words]
    return subprocess.Popen(list(map(str, command)), env=environment(GATE25_READER=str(place / READER.name)), text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def answers(place, *words):
    output, _ = confined(place, *words).communicate(timeout=60)
    *told, health = map(json.loads, output.splitlines())
    assert health["problem"] == "" and health["restarts"] == 0, output
    return told


def readers_below(pid):
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = entry.read_text().rpartition(") ")
        except OSError:
            continue
        if "(gate25-reader" in name and int(rest.split()[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def test_reports_are_read_and_signatures_verified(place):
    person = Person("abuse@fbl.example")
    try:
        for name in ("pubring.kbx", "trustdb.gpg"):
            shutil.copy(person.home / name, place / "home")
        (place / "signed").write_bytes(person.mail())
        (place / "plain").write_bytes(b"From: a@b.example\nMIME-Version: 1.0\n" + arf("2001:db8:1000::7"))
    finally:
        person.leave()
    give_away(place)
    signed, plain = answers(place, place / "signed", place / "plain")
    assert signed["reports"][0]["signature"]["state"] == "good"
    assert plain["reports"][0]["address"] == "2001:db8:1000::7"
    assert list((place / "tmp").iterdir()) == []


def test_what_is_left_of_its_rights(place):
    (place / "plain").write_bytes(b"From: a@b.example\nMIME-Version: 1.0\n" + arf())
    give_away(place)
    agent = confined(place, "--hold", "yes", place / "plain")
    assert json.loads(agent.stdout.readline())["reports"][0]["outcome"] == "parsed"
    (reader,) = readers_below(agent.pid)
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{reader}/status").read_text().splitlines() if ":\t" in line)
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    # The unit's filters and its own.
    assert int(status["Seccomp_filters"]) >= 2
    agent.communicate()


def test_readers_die_with_the_agent(place):
    (place / "plain").write_bytes(b"From: a@b.example\nMIME-Version: 1.0\n" + arf())
    give_away(place)
    agent = confined(place, "--hold", "yes", place / "plain")
    assert json.loads(agent.stdout.readline())["reports"][0]["outcome"] == "parsed"
    (reader,) = readers_below(agent.pid)
    # Also one that cannot see that its conversation is over.
    os.kill(reader, signal.SIGSTOP)
    agent.kill()
    agent.wait()
    until(lambda: not Path(f"/proc/{reader}").exists() or "State:\tZ" in Path(f"/proc/{reader}/status").read_text(), "the reader to die")
    agent.communicate()


def test_a_key_server_wants_a_drop_in(place):
    """AF_INET is not in the unit. Without, there is an error and nothing else suffers."""
    give_away(place)
    with Server(lambda handler, _: handler.give(404)) as server:
        (answer,) = answers(place, "--server", server.url, "--fetch", "0123456789ABCDEF")
        assert "gave no key" in answer["text"] and server.asked == []
        with (place / "unit").open("a") as unit:
            unit.write("RestrictAddressFamilies=AF_INET AF_INET6\n")
        assert answers(place, "--server", server.url, "--fetch", "0123456789ABCDEF") == [{"key": None}]
