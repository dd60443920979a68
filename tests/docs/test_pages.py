# SPDX-License-Identifier: GPL-2.0-or-later
"""The man pages: readable by man, and true to the programs."""

import re
import subprocess

import pytest

from lab.agent import BUILD, REPOSITORY

SOURCES = sorted((REPOSITORY / "docs/man").glob("*.scd"))


def rendered(source, *options):
    page = subprocess.run(["scdoc"], input=source.read_text(), capture_output=True, text=True, check=True).stdout
    return subprocess.run(["mandoc", *options], input=page, capture_output=True, text=True, check=False)


def test_there_are_pages_for_both_programs_and_the_configuration():
    assert {"gate25.1", "gate25.toml.5", "gate25d.8"} <= {source.stem for source in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.stem)
def test_man_reads_it(source):
    done = rendered(source, "-Tlint", "-Werror")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.stem)
def test_it_is_built_and_installed(source):
    assert f"'{source.stem}'" in (REPOSITORY / "docs/meson.build").read_text()


def test_every_option_of_the_agent_is_in_its_page():
    usage = subprocess.run([BUILD / "gate25d", "--help"], capture_output=True, text=True, check=True).stdout
    page = (REPOSITORY / "docs/man/gate25d.8.scd").read_text()
    options = set(re.findall(r"--\w+", usage))
    assert options and options == set(re.findall(r"\*(--\w+)\*", page))


def test_the_pages_agree_on_the_exit_status():
    def statuses(name):
        text = (REPOSITORY / f"docs/man/{name}").read_text()
        return set(re.findall(r"^\*(\d+)\*$", text.split("# EXIT STATUS")[1].split("\n# ")[0], re.M))
    assert statuses("gate25.1.scd") == {*"012345", "75"}
    assert statuses("gate25d.8.scd") == set("0125")
