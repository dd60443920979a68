# SPDX-License-Identifier: GPL-2.0-or-later
"""The subscribers of the benchmarks by their number; the same in subscriber.h."""


def v4(number):
    """100.64.0.0 + n"""
    n = 0x64400000 + number
    return f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def v6(number):
    """The n-th /56 of 2001:db8:1000::/36, as the sets hold it: its first address."""
    n = 0x100000 + number
    return f"2001:db8:{n >> 8:x}:{(n & 255) << 8:x}::"


def half_each(count):
    """The same set for everybody who is measured: the first half of `count` IPv4, the other IPv6."""
    return [v4(n) for n in range(count - count // 2)], [v6(n) for n in range(count // 2)]
