# SPDX-License-Identifier: GPL-2.0-or-later
"""What README and the guides show is what happens.

In ```console blocks, `# gate25 ...` (and curl and nft) is run on a router of its own, one for each document, and must
print what stands below it; `...` stands for any text, on a line of its own for any
lines. Times are not compared. A ```toml block is
merged into the configuration; `gate25 reload` makes it count, as in life. Other commands are only looked at.
"""

import os
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from lab.agent import BUILD, REPOSITORY, merged
from router import Router

DOCUMENTS = ("README.md", "docs/guide.md")
RUN = ("gate25", "curl", "nft")


def blocks(document):
    """(language, text, line) of each block that has a language."""
    text = (REPOSITORY / document).read_text()
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield found[1], found[2], text.count("\n", 0, found.start()) + 1


def commands(text):
    """(command, expected output); a backslash joins lines."""
    pieces = re.split(r"^[#$] ", text, flags=re.M)
    assert not pieces[0].strip(), f"output without a command: {pieces[0]}"
    for piece in pieces[1:]:
        command, _, output = re.sub(r"\\\n\s*", "", piece).partition("\n")
        yield command, output


def alike(text):
    """Without what differs from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d( UTC|Z)", "TIME", text)
    text = re.sub(r"\b(\d+[wdhms] ?)+left", "SOME TIME left", text)
    text = re.sub(r"\b\d+[wdhms]( \d+[dhms])?(?= +(aside|waiting) )", "AGE", text)
    text = re.sub(r"\"seconds_left\":\d+", "\"seconds_left\":N", text)
    text = re.sub(r"\d+ commits?, the last took [\d.]+ ms", "COMMITS", text)
    text = re.sub(r"\bgate25 \d+\.\d+\.\d+(?= )", "gate25 VERSION", text)
    text = re.sub(r"^( *)\d+(?=  [\da-f.:/]+ )", r"\1N", text, flags=re.M)      # the number of a decision in a list
    text = re.sub(r"\bid \d+", "id N", text)
    text = re.sub(r"(?i)\b(quarantine|exemption) \d+(?= of)", r"\1 N", text)
    return [re.sub(r" +", " ", line).strip() for line in text.strip().splitlines()]


def fits(wanted, got):
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(fits(wanted[1:], got[n:]) for n in range(len(got) + 1))
    return bool(got) and fits_line(wanted[0], got[0]) and fits(wanted[1:], got[1:])


def fits_line(wanted, got):
    return re.fullmatch(re.escape(wanted).replace(r"\.\.\.", ".*"), got) is not None


def mailbox(home):
    """The desk's; its reports have no date, so they are of today whenever the test runs."""
    return Path(shutil.copy(REPOSITORY / "tests/docs/morning.mbox", home / "fbl"))


class Reader:
    """Somebody who types what the document says."""

    def __init__(self, router):
        self.router, self.agent, self.settings = router.router, router.agent(), {}
        # What a document calls by its usual name: ours.
        self.names = {"/run/gate25/control.sock": self.agent.socket, "/run/gate25/alert.sock": self.agent.home / "alert.sock",
                      "/etc/gate25/gate25.toml": self.agent.config, "/var/lib/gate25": self.agent.home / "state",
                      "/var/mail/abuse": REPOSITORY / "tests/reports/mbox-two.mbox",
                      "/var/mail/fbl": mailbox(self.agent.home)}

    def configure(self, text):
        self.settings = merged(self.settings, tomllib.loads(text))
        self.settings.get("agent", {}).clear()      # the paths stay ours
        self.agent.configure(self.settings)

    def type(self, command):
        for name, ours in self.names.items():
            command = command.replace(name, str(ours))
        environment = {**os.environ, "GATE25_SOCKET": str(self.agent.socket), "PATH": f"{BUILD}/cli:{os.environ['PATH']}",
                       "GATE25_RULES": str(REPOSITORY / "rules")}
        done = self.router.run("sh", "-c", command, check=False, env=environment)
        text = done.stdout + done.stderr
        for name, ours in self.names.items():
            text = text.replace(str(ours), name)
        return text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_shown_is_what_happens(document):
    seen = 0
    with Router() as router:
        reader = Reader(router)
        reader.agent.start()
        for language, text, line in blocks(document):
            if language == "toml":
                reader.configure(text)
            for command, expected in commands(text) if language == "console" else ():
                if shlex.split(command)[0] not in RUN:
                    continue
                got = reader.type(command)
                assert fits(alike(expected), alike(got)), f"{document}:{line}: {command}\nshown:\n{expected}\ngot:\n{got}"
                seen += 1
        reader.agent.stop()
    assert seen > 3


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_console_block_is_commands_with_output(document):
    for language, text, line in blocks(document):
        if language == "console":
            assert list(commands(text)), f"{document}:{line}"


@pytest.mark.parametrize("document", [*DOCUMENTS, "docs/design.md"])
def test_every_link_and_every_named_file_is_there(document):
    text = (REPOSITORY / document).read_text()
    here = (REPOSITORY / document).parent
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert target.startswith("https://") or (here / target).exists(), f"{document}: {target}"
    for name in re.findall(r"`((?:agent|rules|tests|packaging|docs)/[\w./-]+)`", text):
        assert (REPOSITORY / name).exists(), f"{document}: {name}"
