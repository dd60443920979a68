# SPDX-License-Identifier: GPL-2.0-or-later
"""The checker itself: samples/bad must be refused, each file for the reason it names; samples/good must pass."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
_loader = SourceFileLoader("includes", str(HERE / "includes"))      # its name has no .py
includes = module_from_spec(spec_from_loader("includes", _loader))
_loader.exec_module(includes)
BAD = sorted(p.relative_to(HERE / "samples/bad").as_posix() for p in (HERE / "samples/bad").rglob("*.*"))


def objections(root, name):
    return [what for _, _, what in includes.violations_of(root, name)]


def test_the_source_tree_keeps_to_the_house():
    names, violations = includes.check(HERE.parents[1])
    assert len(names) > 100
    assert violations == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_sample_is_refused_once_and_for_its_reason(name):
    root = HERE / "samples/bad"
    wanted = next(line.split("refused: ")[1] for line in (root / name).read_text().splitlines() if "refused: " in line)
    found = objections(root, name)
    assert len(found) == 1 and wanted in found[0], found


def test_there_are_bad_samples_for_every_layer():
    assert {name.split("/")[1] for name in BAD} >= {"core", "wire", "edge", "flow", "cli", "reader"}


def test_the_good_samples_pass():
    names, violations = includes.check(HERE / "samples/good")
    assert len(names) == 6 and violations == []


LICENCE = "// SPDX-License-Identifier: GPL-2.0-or-later\n"


@pytest.mark.parametrize("text, wanted", [
    (LICENCE + "\n" * 400, "401 lines"),
    (LICENCE + "int x; \n", "white space"),
    (LICENCE + "\t\n", "white space"),
])
def test_what_an_editor_would_clean_away(tmp_path, text, wanted):
    (tmp_path / "agent/core").mkdir(parents=True)
    (tmp_path / "agent/core/sample.h").write_text(text)
    names, violations = includes.check(tmp_path)
    assert names == ["agent/core/sample.h"]
    assert [wanted in what for _, _, what in violations] == [True]


def test_a_long_file_has_a_reason():
    for name, reason in includes.LONG.items():
        assert reason and (HERE.parents[1] / name).exists(), name
