# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers that die in the middle, again and again, and an agent that dies while reports wait for their key: nothing is
answered wrongly, and what was answered is there."""

import os
import queue
import signal
import threading
import time
from contextlib import suppress

import pytest

from lab.api import ask
from lab.elements import prefix_of, read_kernel
from lab.until import until
from reader.keys import Person, arf, signed_mail

from .alerts import subscriber
from .broken import sound_report
from .roads import Road, alive, children, router, start  # noqa: F401 (fixture)

HANDS = 4
MOST_KILLS = 200
MOST_PUT_OFF = 20_000


class Deliverers:
    """Several at once, as a mail server has them: what is put off (503) goes out again a little later. answers: text -> the
    last Answer; None when there was none."""

    def __init__(self, path, texts):
        self._path, self._texts, self.answers = path, queue.SimpleQueue(), {}
        self.put_off = 0
        for text in texts:
            self._texts.put(text)
        self._threads = [threading.Thread(target=self._run) for _ in range(HANDS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join()

    def at_work(self):
        return any(thread.is_alive() for thread in self._threads)

    def _run(self):
        with Road(self._path) as road:
            while not self._texts.empty():
                with suppress(queue.Empty):
                    text = self._texts.get_nowait()
                    try:
                        answer = road.post("/v1/reports", text)
                    except OSError:     # nobody is there any more
                        answer = None
                    if answer is not None and answer.status == 503 and self.put_off < MOST_PUT_OFF:
                        self.put_off += 1
                        self._texts.put(text)
                        time.sleep(0.05)     # a mail server that comes again later, not a wait for something
                    else:
                        self.answers[text] = answer


def kill_readers(agent):
    """How many."""
    killed = 0
    for child in children(agent.pid):
        with suppress(ProcessLookupError, FileNotFoundError):
            with open(f"/proc/{child}/comm", encoding="utf-8") as name:
                is_reader = name.read().startswith("gate25-reader")     # not yet, right after its birth
            if is_reader:
                os.kill(child, signal.SIGKILL)
                killed += 1
    return killed


def test_readers_die_while_a_thousand_mails_are_under_way(router, rounds):  # noqa: F811
    agent = start(router)
    pid, killed = agent.pid, 0
    addresses = {sound_report(subscriber(n), n): subscriber(n) for n in range(rounds(1000, 20_000))}
    with Deliverers(agent.home / "alert.sock", addresses) as deliverers:
        while deliverers.at_work() and killed < MOST_KILLS:
            done = len(deliverers.answers)
            until(lambda before=done: len(deliverers.answers) >= before + 20 or not deliverers.at_work(), "mails to be answered", 60)
            killed += kill_readers(agent)
    said = alive(agent, pid)
    assert killed >= 5 and said["readers"]["restarts"] >= 5, (killed, said["readers"])
    decided = set()
    with Road(agent.socket) as desk:
        for text, address in addresses.items():
            answer = deliverers.answers[text]
            assert answer is not None and answer.status == 200, answer
            (report,) = answer.body["reports"]
            if report["outcome"] == "decided":
                assert report["address"] == address
                decided.add(address)
            else:               # it was there twice when a reader died, so it is for a person, all of it
                assert report["step"] == 1 and desk.get(f"/v1/inbox/{report['inbox']}/bytes") == text, report
    assert len(decided) >= 0.9 * len(addresses), f"only {len(decided)} of {len(addresses)} were decided"
    assert read_kernel(router.router).keys() == {prefix_of(address) for address in decided}
    assert said["readers"]["waiting"] == 0


@pytest.fixture
def people():
    made = {"desk": Person("desk@desk.example"), "firm": Person("firm@firm.example")}
    yield made
    for one in made.values():
        one.leave()


def test_the_agent_dies_while_reports_wait_for_their_key(router, people, rounds):  # noqa: F811
    """Nobody answers for the key server. What was answered "waiting" is in the inbox after each start, once and as it came."""
    agent = start(router, {"reporter": [{"name": "firm", "openpgp": [people["firm"].address]}],
                           "openpgp": {"home": str(people["desk"].home), "server": "http://127.0.0.1:9"}})
    mails, answered = [], {}
    part = arf("100.64.1.2")
    signature = people["firm"].sign(part)
    for number in range(rounds(60, 400)):
        mails.append(signed_mail(part, signature, subject=b"report %d" % number))
    for begin in range(0, len(mails), 20):
        with Deliverers(agent.home / "alert.sock", mails[begin:begin + 20]) as deliverers:
            until(lambda: len(deliverers.answers) >= 10, "some to be answered", 60)
            agent.kill()
        for text, answer in deliverers.answers.items():
            if answer is None:
                continue
            (report,) = answer.body["reports"]
            assert (report["outcome"], report["step"]) == ("waiting", 3), report
            answered[report["inbox"]] = text
        agent.start()
        held = {report["id"] for report in ask(agent.socket, "GET", "/v1/inbox?state=waiting").body["reports"]}
        assert answered.keys() <= held
    assert len(answered) >= len(mails) // 2
    with Road(agent.socket) as desk:
        for number, text in answered.items():
            assert desk.get(f"/v1/inbox/{number}/bytes") == text
        texts = [desk.get(f"/v1/inbox/{number}/bytes") for number in held]
    assert len(set(texts)) == len(texts) and set(texts) <= set(mails)
    assert agent.quarantines() == [] and read_kernel(router.router) == {}
