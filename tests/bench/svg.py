# SPDX-License-Identifier: GPL-2.0-or-later
"""Horizontal bars as SVG, readable on light and dark pages."""

import html
import math
from collections import namedtuple

Bar = namedtuple("Bar", "label value text ours")

WIDTH, LABELS, NUMBERS, LINE, TOP = 860, 290, 110, 24, 58
OURS, OTHERS, MARK = "#2f81f7", "#8b949e", "#d1242f"
FONT = "system-ui,-apple-system,Segoe UI,DejaVu Sans,sans-serif"


def bars(title, subtitle, found, is_log=False, mark=None):
    """`mark`: a value that is drawn as a line through all bars. On a logarithmic scale the bars begin at half of the least."""
    longest = max([bar.value for bar in found] + ([mark] if mark else []))
    least = min(bar.value for bar in found if bar.value > 0) / 2

    def length(value):
        room = WIDTH - LABELS - NUMBERS
        if not is_log:
            return room * value / longest
        return room * math.log(max(value, least) / least) / math.log(longest / least)

    height = TOP + LINE * len(found) + 14
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
           f'aria-label="{html.escape(title)}">')
    yield f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>'
    yield f'<g font-family="{FONT}" font-size="13" fill="#1f2328">'
    yield f'<text x="16" y="25" font-size="15" font-weight="600">{html.escape(title)}</text>'
    yield f'<text x="16" y="44" fill="#59636e" font-size="12">{html.escape(subtitle)}</text>'
    for number, bar in enumerate(found):
        y = TOP + LINE * number
        yield f'<text x="{LABELS - 8}" y="{y + 15}" text-anchor="end">{html.escape(bar.label)}</text>'
        yield (f'<rect x="{LABELS}" y="{y + 3}" width="{max(length(bar.value), 1):.1f}" height="{LINE - 8}" rx="2" '
               f'fill="{OURS if bar.ours else OTHERS}"/>')
        yield f'<text x="{LABELS + length(bar.value) + 6:.1f}" y="{y + 15}">{html.escape(bar.text)}</text>'
    if mark:
        x = LABELS + length(mark)
        yield f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{height - 12}" stroke="{MARK}" stroke-dasharray="4 3"/>'
    yield "</g></svg>"
