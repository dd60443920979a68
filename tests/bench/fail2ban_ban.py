# SPDX-License-Identifier: GPL-2.0-or-later
"""fail2ban's own action nftables-multiport, read from its configuration and executed by its own class, as its server does
for a jail. For each line "FIRST COUNT" it bans so many and answers with the median in microseconds, as JSON."""

import json
import sys
import time
from statistics import median

from fail2ban.client.actionreader import ActionReader
from fail2ban.server.action import CommandAction
from fail2ban.server.ipdns import IPAddr

import subscriber


def action():
    reader = ActionReader("nftables-multiport", "bench", {"name": "bench", "port": "smtp", "protocol": "tcp"},
                          basedir="/etc/fail2ban")
    reader.read()
    reader.getOptions({})
    made = CommandAction(None, "nftables-multiport")
    for line in reader.convert():
        if line[0] == "multi-set":
            for option, value in line[4]:
                setattr(made, option, value)
    return made


def ban(made, number):
    begun = time.monotonic()
    made.ban({"ip": IPAddr(subscriber.v4(number)), "family": "inet4", "failures": 1, "time": time.time()})
    return 1e6 * (time.monotonic() - begun)


def main():
    made = action()
    made.start()
    for line in sys.stdin:
        first, count = map(int, line.split())
        print(json.dumps({"p50": median([ban(made, first + n) for n in range(count)])}), flush=True)


main()
