# SPDX-License-Identifier: GPL-2.0-or-later
"""`meson install` puts all where it belongs, and an operator's configuration stays his."""

import os
import subprocess
from pathlib import Path

import pytest

from lab.agent import BUILD, REPOSITORY

BUILD_DIRECTORY = BUILD.parent
PROGRAMS = ["usr/local/sbin/gate25d", "usr/local/bin/gate25", "usr/local/sbin/gate25-courier"]
READER = "usr/local/libexec/gate25-reader"
RULES = sorted(one.name for one in (REPOSITORY / "rules").glob("*.nft"))
PAGES = ["man1/gate25.1", "man7/gate25-alerts.7", "man7/gate25-notices.7", "man8/gate25-courier.8", "man7/gate25-replay.7",
         "man7/gate25-reports.7", "man7/gate25-subscribers.7", "man7/gate25-volume.7", "man5/gate25.toml.5", "man8/gate25d.8"]
COMPLETIONS = ["bash-completion/completions/gate25.bash", "zsh/site-functions/_gate25", "fish/vendor_completions.d/gate25.fish"]


TEXTS = sorted(one.relative_to(REPOSITORY / "packaging").as_posix() for one in (REPOSITORY / "packaging/notices").rglob("*.*"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    install(root)
    return root


def install(root):
    subprocess.run(["meson", "install", "-C", BUILD_DIRECTORY, "--no-rebuild", "--quiet"], check=True,
                   env={**os.environ, "DESTDIR": str(root)}, capture_output=True)


def systemd_directory(name):
    asked = subprocess.run(["pkg-config", f"--variable={name}", "systemd"], capture_output=True, text=True, check=True)
    return asked.stdout.strip().lstrip("/")


@pytest.mark.parametrize("name", [*PROGRAMS, READER, *(f"usr/local/share/gate25/rules/{n}" for n in RULES),
                                  *(f"usr/local/share/man/{n}" for n in PAGES),
                                  *(f"usr/local/share/{n}" for n in COMPLETIONS), "etc/gate25/gate25.toml",
                                  *(f"etc/gate25/{n}" for n in TEXTS)])
def test_is_installed(installed, name):
    assert (installed / name).stat().st_size > 0


@pytest.mark.parametrize("variable, name", [
    ("systemdsystemunitdir", "gate25d.service"), ("systemdsystemunitdir", "gate25-rules.service"),
    ("systemdsystemunitdir", "gate25-courier.service"),
    ("sysusersdir", "gate25.conf"), ("tmpfilesdir", "gate25.conf")])
def test_is_installed_where_systemd_looks(installed, variable, name):
    assert (installed / systemd_directory(variable) / name).stat().st_size > 0


def test_nothing_else_is_installed(installed):
    known = (*PROGRAMS, READER, "usr/local/share/gate25/", "usr/local/share/man/",
             "usr/local/share/bash-completion/", "usr/local/share/zsh/", "usr/local/share/fish/", "etc/gate25/",
             *(systemd_directory(v) for v in ("systemdsystemunitdir", "sysusersdir", "tmpfilesdir")))
    names = [p.relative_to(installed).as_posix() for p in installed.rglob("*") if p.is_file()]
    assert [n for n in names if not n.startswith(known)] == []


def test_the_installed_programs_run_and_the_installed_configuration_is_valid(installed):
    for program in PROGRAMS:
        assert "gate25" in subprocess.run([installed / program, "--version"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run([installed / PROGRAMS[0], "--check", "--config", installed / "etc/gate25/gate25.toml"],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "GATE25_RULES": str(installed / "usr/local/share/gate25/rules")})
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_configuration_is_kept(tmp_path):
    install(tmp_path)
    files = [tmp_path / "etc/gate25" / name for name in ("gate25.toml", "notices/en/released.txt")]
    for file in files:
        file.write_text("# mine\n")
    install(tmp_path)
    assert [file.read_text() for file in files] == ["# mine\n"] * 2


def test_the_package_lists_name_every_dependency_once():
    names = []
    for requirements in REPOSITORY.glob("packaging/requirements-*"):
        names += [line for line in requirements.read_text().splitlines() if line and not line.startswith("#")]
    assert len(names) == len(set(names)) > 30
    assert all(" " not in name for name in names)


def test_packages_that_are_there_are_not_installed_again():
    # Those that are there whenever tests run; the others come with what asks for them.
    script, lists = REPOSITORY / "packaging/install-packages", [REPOSITORY / f"packaging/requirements-{kind}" for kind in ("build", "test")]
    done = subprocess.run([script, *lists], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done
