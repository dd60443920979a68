# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of rules/ as a person or the agent joins them, with other values in place of their defines."""

import socket

from . import nft
from .agent import RULES

WHO_IS_WHO = """
add element inet gate25 subscribers4 { 100.64.0.0/10 }
add element inet gate25 subscribers6 { 2001:db8:1000::/36 }
add element inet gate25 relays4 { 192.0.2.25 }
add element inet gate25 relays6 { 2001:db8:25::25 }
"""
# Longer than anything here takes, shorter than the tokens of 30 an hour need to come back.
PATIENCE = 5
MARK = 0x67323572  # rules/volume_mark.nft
# As a decision names them.
ALICE = {4: "100.64.1.2", 6: "2001:db8:1000:100::"}
BOB = {4: "100.64.2.2", 6: "2001:db8:1000:200::"}


def load_parts(router, *parts, **defines):
    """gate25.nft with these parts, and who is who; load_parts(router, default_policy="policy_open")."""
    for part in ("gate25.nft", *parts):
        lines = (RULES / part).read_text(encoding="utf-8").splitlines()
        for name, value in defines.items():
            lines = [f"define {name} = {value}" if line.startswith(f"define {name} ") else line for line in lines]
        nft.load(router, "\n".join(lines) + "\n")
    nft.load(router, WHO_IS_WHO)


def element(router, name, family, timeout="1h", verb="add", who=None):
    """Alice's in a set: "quarantine{}_port25"."""
    nft.load(router, f"{verb} element inet gate25 {name.format(family)} {{ {(who or ALICE)[family]} timeout {timeout} }}")


def connects(ns, host, port=25):
    """True, False (refused by a reset), or None (silence)."""
    try:
        ns.connect(host, port, PATIENCE).close()
    except ConnectionRefusedError:
        return False
    except TimeoutError:
        return None
    return True


def family_of(family):
    return socket.AF_INET6 if family == 6 else socket.AF_INET


def mark(router, family):
    """What a verdict of the agent leaves behind: alice's first packets bear the mark, after gate25 has let them through."""
    source = {4: "ip saddr 100.64.1.2", 6: "ip6 saddr 2001:db8:1000:100::2"}[family]
    nft.load(router, f"""table inet queue_by_hand {{
        chain forward {{
            type filter hook forward priority filter;
            {source} tcp dport 25 tcp flags & (syn | ack) == syn meta mark set {MARK}
        }}
    }}""")
