# SPDX-License-Identifier: GPL-2.0-or-later
"""One alert through the running agent: socket, decision, store, kernel, answer."""

from place import Place
from programs import ask, first, put_first
from rounds import Figure, ratio


def run(bench):
    bench.report.section("alert", "One alert, from its first byte to the answer: durable and enforced (times one durable append)")
    found = {"alert": [], "in_place": [], "appended": []}
    count = bench.rounds(50, 200)
    with Place() as place:
        router = place.namespace("router")
        agent = place.agent(router).start()
        put_first(agent.pid)
        for turn in range(bench.rounds(2, 8)):
            one = ask(router, "alert_bench", "one", agent.home / "alert.sock", place.disk, turn * 2 * count, count,
                      before=first())
            for name, values in found.items():
                values.append(one[name]["p50"])
        agent.stop()
    append = found["appended"]
    bench.report.row("4 KiB in place, fdatasync", Figure(found["in_place"]), "us", ratio(found["in_place"], append))
    bench.report.row("4 KiB appended, fdatasync", Figure(append), "us", 1)
    bench.report.row("alert by HTTP, connection kept", Figure(found["alert"]), "us", ratio(found["alert"], append))
    bench.report.promise("one alert, durable and enforced / one durable append", ratio(found["alert"], append).value, "",
                         "<=", 1.5)
