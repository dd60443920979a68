# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of several rounds, and what may be said of them: a median and how far they lie apart."""

from statistics import median

__all__ = ["Figure", "median", "ratio"]


class Figure:
    """The median of the rounds; `low` and `high` hold the middle half of many rounds, all of a few."""

    def __init__(self, values):
        values = sorted(values)
        if not values:
            raise ValueError("a figure needs at least one round")
        self.rounds = len(values)
        self.value = median(values)
        cut = self.rounds // 4 if self.rounds >= 8 else 0
        self.low, self.high = values[cut], values[-1 - cut]


def ratio(these, those):
    """Round by round: what ran in the same round met the same disturbances."""
    return Figure([a / b for a, b in zip(these, those, strict=True)])
