# SPDX-License-Identifier: GPL-2.0-or-later
"""packaging/demo shows what it says, also where nobody sits at a terminal."""

import re
import subprocess

from lab.agent import BUILD, REPOSITORY


def test_the_demo_is_as_told():
    done = subprocess.run([REPOSITORY / "packaging/demo", "--build", BUILD.parent], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=180, check=False)
    missed = [line for line in done.stdout.splitlines() if "NOT SO" in line]
    assert done.returncode == 0 and not missed, "\n".join([*missed, done.stdout[-4000:], done.stderr])
    told = re.search(r"All (\d+) things were as told", done.stdout)
    assert told and int(told[1]) > 30
    assert "still held" in done.stdout
