# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit files: valid, tight, and wide enough for the agent to work."""

import grp
import os
import pwd
import re
import shutil
import socket
import subprocess
import time

import pytest

from lab import nft
from lab.agent import BUILD, REPOSITORY
from lab.until import until
from router import Router

UNITS = ("gate25d.service", "gate25-rules.service")
COURIER = "gate25-courier.service"
MADE = BUILD.parent / "packaging"


def settings(unit):
    """The unit's keys; one that stands several times has several lines."""
    found = {}
    for line in (MADE / unit).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key] = f"{found[key]}\n{value}" if key in found else value
    return found


@pytest.fixture
def units(tmp_path):
    """Both, with the agent of this build in place of the installed one."""
    for unit in UNITS:
        lines = (MADE / unit).read_text().splitlines()
        lines = [f"ExecStart={BUILD}/gate25d" + (" --load" if "--load" in line else "") if line.startswith("ExecStart=")
                 else line for line in lines]
        (tmp_path / unit).write_text("\n".join(lines) + "\n")
    return [tmp_path / unit for unit in UNITS]


def test_systemd_finds_nothing_wrong(units):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "gate25" in line]
    assert done.returncode == 0 and not ours, done.stderr


def drop_ins():
    """What the manual tells to put into gate25d.service.d: "page, line" -> text."""
    for page in sorted((REPOSITORY / "docs/man").glob("*.scd")):
        text = page.read_text()
        for found in re.finditer(r"^```\n((?:#.*\n)?\[Service\]\n.*?)^```$", text, re.M | re.S):
            yield f"{page.stem}, line {text.count(chr(10), 0, found.start()) + 1}", found[1]


def test_systemd_finds_nothing_wrong_with_the_drop_ins_of_the_manual(units, tmp_path):
    below = tmp_path / "gate25d.service.d"
    below.mkdir()
    found = dict(drop_ins())
    assert len(found) == 5, found.keys()
    for where, text in {**found, "one with a mistake": "[Service]\nIPAddressAllow=everybody\n"}.items():
        (below / "test.conf").write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", units[0]], capture_output=True, text=True, check=False)
        complaints = [line for line in done.stderr.splitlines() if "test.conf" in line]
        assert bool(complaints) == (where not in found), f"{where}: {done.stderr}"


@pytest.mark.parametrize("number", [0, 1], ids=UNITS)
def test_systemd_finds_little_exposed(units, number):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", units[number]],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def courier_unit(tmp_path):
    text = (MADE / COURIER).read_text()
    (tmp_path / COURIER).write_text(re.sub(r"^ExecStart=.*$", f"ExecStart={BUILD}/courier/gate25-courier", text, flags=re.M))
    return tmp_path / COURIER


def test_systemd_finds_nothing_wrong_with_the_courier_and_little_exposed(courier_unit):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", courier_unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "gate25" not in done.stderr, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", courier_unit],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_courier_has_no_privilege_but_the_agents_group():
    unit = settings(COURIER)
    assert (unit["User"], unit["SupplementaryGroups"], unit["CapabilityBoundingSet"]) == ("gate25-courier", "gate25", "")
    assert "AmbientCapabilities" not in unit and "StateDirectory" not in unit


def test_nothing_takes_the_protection_away():
    for unit in UNITS:
        assert not [key for key in settings(unit) if key.startswith("ExecStop")]


def test_the_rules_come_before_the_network_and_after_nftables():
    rules = settings("gate25-rules.service")
    assert "network-pre.target" in rules["Before"] and "network-pre.target" in rules["Wants"]
    assert "nftables.service" in rules["After"]
    assert rules["DefaultDependencies"] == "no"


def test_both_units_run_as_the_same_user_with_one_capability():
    for unit in map(settings, UNITS):
        assert (unit["User"], unit["StateDirectory"]) == ("gate25", "gate25")
        assert unit["AmbientCapabilities"] == unit["CapabilityBoundingSet"] == "CAP_NET_ADMIN"


def test_sysusers_and_tmpfiles_are_understood(tmp_path):
    source = REPOSITORY / "packaging/systemd"
    for tool, name in (("systemd-sysusers", "sysusers"), ("systemd-tmpfiles", "tmpfiles")):
        (tmp_path / "etc").mkdir(exist_ok=True)
        options = ["--create"] if name == "tmpfiles" else []
        done = subprocess.run([tool, f"--root={tmp_path}", *options, source / f"{name}.conf"], capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "gate25:" in (tmp_path / "etc/passwd").read_text()
    groups = (tmp_path / "etc/group").read_text().splitlines()
    assert [one for one in groups if one.startswith("gate25:")][0].endswith(":gate25-courier")
    assert (tmp_path / "run/gate25").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "var/lib/gate25").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def unprivileged():
    """An agent's home that belongs to nobody, and how to start a program as the unit does: nobody, CAP_NET_ADMIN."""
    with Router() as router:
        agent = router.agent({"agent": {"group": "nogroup"}})
        os.chown(agent.home, pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid)
        programs = router.home / "programs"
        programs.mkdir()
        shutil.copy(BUILD / "gate25d", programs)
        capability = ["--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin"]
        words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *capability, "--no-new-privs",
                 programs / "gate25d", "--config", agent.config]
        yield router.router, agent, words


def environment(agent, **more):
    return {**agent._environment(), **more}


def test_one_capability_is_enough(unprivileged):
    router, agent, words = unprivileged
    done = router.run(*words, "--load", check=False, env=environment(agent))
    assert done.returncode == 0, done.stderr
    assert nft.tables(router) == [nft.TABLE]
    process = router.popen(*words, env=environment(agent))
    until(lambda: agent.command("status").returncode == 0, "the agent to answer")
    agent.gate25("quarantine", "100.64.1.2")
    assert agent.quarantines()[0]["prefix"] == "100.64.1.2"
    process.terminate()
    assert process.wait(10) == 0
    assert nft.tables(router) == [nft.TABLE]


def test_the_courier_needs_no_privilege_at_all(unprivileged):
    router, agent, _ = unprivileged
    agent.configure({"agent": {"group": "nogroup"}, "notices": {}, "hook": [
        {"name": "nobody", "url": "http://127.0.0.1:9/", "secret_file": str(agent.home / "key")}]})
    (agent.home / "key").write_text("key\n")
    agent.start()
    programs = agent.home.parent / "programs"
    shutil.copy(BUILD / "courier/gate25-courier", programs)
    words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all",
             "--bounding-set=-all", "--no-new-privs", programs / "gate25-courier", "--config", agent.config]
    assert router.run(*words, "--check", check=False).returncode == 0
    agent.gate25("quarantine", "100.64.1.2")
    done = router.run(*words, "--once", check=False)
    assert done.returncode == 0 and "notice" in done.stderr, done
    agent.stop()


def test_it_says_that_it_is_ready_and_alive_and_stopping(unprivileged):
    router, agent, words = unprivileged
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = agent.home / "notify"
        manager.bind(str(path))
        path.chmod(0o666)
        manager.settimeout(10)
        process = router.popen(*words, env=environment(agent, NOTIFY_SOCKET=str(path), WATCHDOG_USEC="200000"))
        assert "READY=1" in manager.recv(1000).decode()
        begun = time.monotonic()
        for _ in range(3):
            assert manager.recv(1000) == b"WATCHDOG=1"
        assert time.monotonic() - begun < 2
        process.terminate()
        told = b""
        while b"STOPPING=1" not in told:
            told = manager.recv(1000)
        assert process.wait(10) == 0
