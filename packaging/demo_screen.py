# SPDX-License-Identifier: GPL-2.0-or-later
"""How the demo looks: steps, commands, their output, and whether it was what we said."""

import shlex
import sys
import time

_COLOURS = {"bold": "1", "dim": "2", "green": "32", "red": "1;31", "blue": "36"}


class Screen:
    def __init__(self):
        self._colour = sys.stdout.isatty()
        self._begun = time.monotonic()
        self._step = 0
        self.shown = self.missed = 0

    def title(self, text):
        print(self._in("bold", text) + "\n")

    def plain(self, text):
        print(text)

    def step(self, title, *sentences):
        self._step += 1
        print(f"\n{self._in('bold', f'{self._step}. {title}')}")
        for sentence in sentences:
            print(f"   {sentence}")
        print()

    def command(self, host, words, output=""):
        """What was typed where, and what it printed."""
        typed = words if isinstance(words, str) else shlex.join(map(str, words))
        print(f"   {self._in('blue', host + ('#' if host == 'router' else '$'))} {self._in('bold', typed)}", flush=True)
        self.output(output)

    def output(self, text):
        for line in text.rstrip("\n").splitlines():
            print(f"   {self._in('dim', '│')} {line}")
        sys.stdout.flush()

    def check(self, is_so, text, otherwise=""):
        """The sentence stands when it is so; otherwise the demo fails, and says what came instead."""
        if is_so:
            self.shown += 1
            print(f"   {self._in('green', '✓')} {text}", flush=True)
        else:
            self.missed += 1
            print(f"   {self._in('red', '✗ NOT SO:')} {text}", flush=True)
            self.output(otherwise)
        return is_so

    def end(self):
        seconds = time.monotonic() - self._begun
        if self.missed:
            print("\n" + self._in("red", f"{self.missed} of {self.shown + self.missed} things were not as told."))
        else:
            print("\n" + self._in("green", f"All {self.shown} things were as told, in {seconds:.0f} s."))

    def _in(self, colour, text):
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self._colour else text


def excerpt(transcript, *wanted):
    """The lines that hold one of the words; what is left out between them is marked."""
    lines, left_out = [], False
    for line in transcript.splitlines():
        if any(word in line for word in wanted):
            if left_out and lines:
                lines.append("...")
            lines.append(line)
            left_out = False
        else:
            left_out = True
    return "\n".join(lines)
