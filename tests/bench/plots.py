# SPDX-License-Identifier: GPL-2.0-or-later
"""What is drawn of the results, and their place in the documentation."""

import shutil

import svg
from report import promise_line, spelt

BEGIN, END = "<!-- tests/bench/run --publish writes from here -->", "<!-- to here -->"

# file: section, title, subtitle, whether logarithmic, what the bars show, and a line to hold them against
PLOTS = {
    "decision": ("decision", "One decision into the kernel, among many others", "microseconds, logarithmic; shorter is better", True, "value", None),
    "storm": ("storm", "A storm of alerts, and the same set without any store", "seconds; shorter is better", False, "value", None),
    "import": ("import", "Import of many quarantines, and the same set without any store", "seconds; shorter is better", False, "value", None),
    "restart": ("restart", "Restart with many quarantines", "seconds; shorter is better", False, "value", None),
    "forward": ("forward", "Forwarding what is no mail", "speed beside a router without nftables; longer is better; the line: 0.97", False, "beside", 0.97),
    "connect": ("connect", "New connections", "speed beside a router without nftables; longer is better", False, "beside", None),
}
UNITS = {"decision": "us", "storm": "s", "import": "s", "restart": "s"}


def draw(report, directory):
    for name, (section, title, subtitle, is_log, what, mark) in PLOTS.items():
        rows = [r for r in report.rows if r.section == section and r.unit == UNITS.get(name, r.unit)]
        if name == "decision":
            last = rows[-1].name.rpartition(", ")[2] if rows else ""
            rows = [r for r in rows if r.name.endswith(f", {last}")]
        found = [svg.Bar(r.name, getattr(r, what), _text(r, what), "gate25" in r.name or "alerts" in r.name) for r in rows]
        if found:
            (directory / f"{name}.svg").write_text("\n".join(svg.bars(title, subtitle, found, is_log, mark)) + "\n")


def _text(row, what):
    return spelt(row.value) + " " + row.unit if what == "value" else spelt(row.beside)


def publish(report, source, docs):
    """The table of this run into docs/benchmarks.md, its plots into docs/bench."""
    (docs / "bench").mkdir(exist_ok=True)
    for name in PLOTS:
        if (source / f"{name}.svg").exists():
            shutil.copy(source / f"{name}.svg", docs / "bench")
    page = docs / "benchmarks.md"
    text = page.read_text()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text(text[:begin] + "\n" + "\n".join(_markdown(report)) + "\n" + text[end:])


def _markdown(report):
    document = report.document()
    machine = document["machine"]
    yield (f"\nOne run on {document['at'][:10]}: {machine['processors']} virtual CPUs, Linux {'.'.join(machine['kernel'].split('.')[:2])}"
           f"{', with --quick' if document['quick'] else ''}.\n")
    yield "```"
    yield from (promise_line(promise) for promise in report.promises)
    yield "```"
    for section, title in document["sections"].items():
        rows = [r for r in report.rows if r.section == section]
        if not rows:
            continue
        yield f"\n### {title}\n"
        yield from (f"![{PLOTS[name][1]}](bench/{name}.svg)\n" for name in PLOTS if PLOTS[name][0] == section)
        yield "| | | spread | times | |\n|---|---:|---|---:|---|"
        for r in rows:
            spread = "" if r.rounds == 1 else f"{spelt(r.low)} - {spelt(r.high)}"
            yield f"| {r.name} | {spelt(r.value)} {r.unit} | {spread} | {'' if r.beside is None else spelt(r.beside)} | {r.note} |"
