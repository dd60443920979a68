# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent's queues, logs and notice without the agent (build/tests/watch/watch_driver), and rules that feed them.

A kernel without queues in nftables mostly has those of iptables: the same queue behind another rule.
"""

import json
import os
import signal
import subprocess

from . import nft
from .agent import BUILD
from .until import until

DRIVER = BUILD.parent / "tests" / "watch" / "watch_driver"
MARK = "0x67323572"     # of a packet that was refused

RESET_REFUSED = f"""table inet refused {{
 counter refused {{ }}
 chain forward {{ type filter hook forward priority filter + 1;
  meta mark {MARK} counter name refused reject with tcp reset
 }}
}}
"""
# The rule of the operator who has no nft queue.
IPTABLES = {4: "iptables-legacy", 6: "ip6tables-legacy"}


class Driver:
    """`with Driver(lab, "log", 25) as driver:` ends with its block."""

    def __init__(self, lab, *words, before=()):
        self._process = lab.router.popen(*before, DRIVER, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @classmethod
    def queue(cls, lab, most, first=25, count=1, fail="open", longest=4096):
        return cls(lab, "queue", first, count, fail, longest, most)

    def state(self):
        self._process.stdin.write("state\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def health(self):
        return self.state()["health"]

    def source(self, address):
        return self.state()["sources"].get(address, {"packets": 0, "refused": 0, "destinations": 0})

    def opened(self):
        """Comes back when the kernel hands packets over."""
        until(lambda: self.health()["is_open"], "the queue or the group to be open")
        return self

    def freeze(self):
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.go_on()
            self._process.stdin.close()
            assert self._process.wait(20) == 0
        self._process.stdout.close()


def ask(lab, first=25, count=1, bypass=False, match="--syn"):
    """First packets to port 25, both families, go to the queues; what they refuse is reset."""
    nft.load(lab.router, RESET_REFUSED)
    queues = ["--queue-num", first] if count == 1 else ["--queue-balance", f"{first}:{first + count - 1}"]
    for program in IPTABLES.values():
        lab.router.run(program, "-A", "FORWARD", "-p", "tcp", "--dport", "25", *([match] if match else []), "-j", "NFQUEUE", *queues,
                       *(["--queue-bypass"] if bypass else []))


def ask_no_more(lab):
    for program in IPTABLES.values():
        lab.router.run(program, "-F", "FORWARD")


def asked(lab, family):
    """Packets that met the rule."""
    line = lab.router.run(IPTABLES[family], "-vnxL", "FORWARD").stdout.splitlines()[2]
    return int(line.split()[0])


def queue_line(lab, number=25):
    """(packets that wait, packets that found it full), as the kernel tells root."""
    for line in lab.router.run("cat", "/proc/net/netfilter/nfnetlink_queue").stdout.splitlines():
        words = line.split()
        if int(words[0]) == number:
            return int(words[2]), int(words[5])
    return None
