# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong round an agent: strangers at the socket, a full disk, a second agent, hostile values."""

import json
import os
import subprocess

import pytest

from .agent import BUILD, CONFIGURATION, FAILED, NOT_FOUND, NOT_REACHABLE, RULES, USAGE
from .client import NO_CONNECTION, send_direct
from .until import until

AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# Whatever the configuration says, these are nobody's subscriber.
NEVER = ["0.0.0.0/0", "::/0", "127.0.0.1", "::1", "192.0.2.25", "2001:db8:25::25", "::ffff:192.0.2.25", "224.0.0.1",
         "198.51.100.25", "100.64.0.0/10", "2001:db8:1000::/36", "fe80::1"]


@pytest.fixture
def agent(start_agent):
    return start_agent()


@pytest.mark.parametrize("subject", NEVER)
def test_it_never_quarantines(agent, subject):
    said = agent.gate25("quarantine", subject, code=FAILED)
    assert said["error"]["message"]
    assert agent.quarantines() == []


@pytest.mark.parametrize("duration", ["0", "0s", "-1h", "500ms", "18446744073709551616s", "99999999d", "soon", ""])
def test_a_senseless_duration_is_a_usage_error(lab, agent, duration):
    assert agent.command("quarantine", lab.alice.address[4], f"--for={duration}").returncode == USAGE
    assert agent.quarantines() == []


def test_the_router_itself_is_no_subscriber(lab, agent, family):
    own = lab.router.run("ip", "-json", f"-{family}", "address", "show", "scope", "global").stdout
    addresses = [one["local"] for link in json.loads(own) for one in link.get("addr_info", []) if "local" in one]
    inside = [one for one in addresses if one.startswith(("100.64.", "2001:db8:1000:"))]
    assert inside, addresses
    assert "router" in agent.gate25("quarantine", inside[0], code=FAILED)["error"]["message"]


def as_nobody(lab, agent, socket):
    for place in (lab.home, agent.home):
        os.chmod(place, 0o755)
    return lab.router.run(*AS_NOBODY, "curl", "--silent", "--max-time", "5", "--unix-socket", socket,
                          "http://gate25/v1/status", check=False)


def test_a_stranger_is_refused_and_logged(lab, start_agent):
    agent = start_agent(agent={"alert_users": ["www-data"]})
    assert as_nobody(lab, agent, agent.socket).returncode != 0, "the control socket is not for everybody"
    answer = as_nobody(lab, agent, agent.home / "alert.sock")
    assert json.loads(answer.stdout)["error"]["code"] == "denied"
    assert "may not use the alert socket" in agent.log()
    assert agent.quarantines() == []


def test_a_full_disk_stores_nothing_says_so_and_recovers(lab, start_agent):
    state = lab.home / "small-disk"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", state], check=True)
    try:
        agent = start_agent(agent={"state": str(state)})
        (state / "ballast").write_bytes(b"")
        with pytest.raises(OSError), open(state / "ballast", "wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 4096)
        refused = []
        for number in range(1, 40):
            done = agent.command("--json", "alert", f"100.64.3.{number}", "--kind", "spam")
            if done.returncode != 0:
                refused.append(json.loads(done.stdout)["error"])
        assert refused and all(error["code"] == "storage" for error in refused)
        assert "not stored" in refused[-1]["message"]
        assert send_direct(lab.alice, 4).code == NO_CONNECTION
        (state / "ballast").unlink()
        until(lambda: agent.command("quarantine", "100.64.4.4").returncode == 0, "the store to recover", 5)
        agent.stop()
    finally:
        subprocess.run(["umount", "--lazy", state], check=True)


def test_a_second_agent_is_turned_away(lab, agent):
    second = lab.router.run(BUILD / "gate25d", "--config", agent.config, check=False,
                            env={**os.environ, "GATE25_RULES": str(RULES)})
    assert second.returncode == FAILED
    assert "another gate25d" in second.stderr
    assert agent.gate25("status")["state"] == "ok"


def test_a_link_in_the_socket_s_place_is_left_alone(lab, start_agent):
    target = lab.home / "precious"
    target.write_text("mine")
    link = lab.home / "linked.sock"
    link.symlink_to(target)
    with pytest.raises(RuntimeError, match="symbolic link|symlink"):
        start_agent(agent={"control_socket": str(link)})
    assert target.read_text() == "mine" and link.is_symlink()


def test_exit_statuses_of_the_command(lab, agent):
    assert agent.command("release", "100.64.9.9").returncode == NOT_FOUND
    assert agent.command("quarantin", "100.64.9.9").returncode == USAGE
    broken = lab.home / "broken.toml"
    broken.write_text("[netwrk]\n")
    assert agent.command("check", broken).returncode == CONFIGURATION
    agent.stop()
    assert agent.command("status").returncode == NOT_REACHABLE


def test_a_broken_configuration_is_refused_with_its_place_and_changes_nothing(agent):
    before = agent.gate25("status")["generation"]
    good = agent.config.read_text()
    agent.config.write_text(good + "\n[port25]\npolicy = \"opne\"\n")
    done = agent.command("reload")
    assert done.returncode == CONFIGURATION
    assert f"{agent.config}:" in done.stdout + done.stderr
    assert agent.gate25("status")["generation"] == before
    agent.config.write_text(good)
    assert agent.command("reload").returncode == 0
