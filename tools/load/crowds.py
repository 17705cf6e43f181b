"""Kinds of load, and what is expected of the app under each."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tools.load.visitor import Answer, Visitor

Say = Callable[[str], None]
Memory = Callable[[], float]

SAME = 0.0005
"""Metres: vertices of one pose sent twice differ by less, quantising included."""

_ARMS = (
    "Raise the left arm",
    "Raise the right arm",
    "Raise both arms",
    "Stretch both arms to the sides",
    "Stretch both arms forward",
)
_ORDERS = ("raise your left arm", "lower your left arm", "bend your right knee", "straighten your right knee")


@dataclass(frozen=True)
class Outcome:
    """What came of it: one line for people, and whether it is as it should be."""

    line: str
    good: bool

    def __str__(self) -> str:
        return f"{'good' if self.good else 'BAD '}  {self.line}"


def wishes(count: int) -> list[str]:
    """So many requests, no two of which ask for the same pose."""
    made = [f"{arms} and bend the left knee {20 + 10 * step} degrees" for step in range(10) for arms in _ARMS]
    if count > len(made):
        raise ValueError(f"there are {len(made)} different wishes, found {count} visitors")
    return made[:count]


def crowd(address: str, count: int, say: Say) -> Outcome:
    """So many visitors ask at the same moment, each for another pose, each having asked for it alone before.

    Good when every answer comes, and every visitor sees the pose they saw alone and no words of others.
    """
    listeners = Visitor(address).listeners
    asked = wishes(count)
    alone = []
    for words in asked:
        visitor = Visitor(address, listeners)
        visitor.open()
        alone.append(visitor.say(words))
        visitor.close()
    drawn_alone = _spread([one.drawn or one.whole for one in alone])
    say(f"alone: drawn {drawn_alone}, whole {_spread([one.whole for one in alone])}")
    visitors = [Visitor(address, listeners) for _ in asked]
    for visitor in visitors:
        visitor.open()
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as threads:
        together = list(threads.map(_dared, visitors, asked))
    took = time.perf_counter() - began
    for visitor in visitors:
        visitor.close()
    lost = [found for found in together if isinstance(found, Exception)]
    for reason in sorted({repr(found)[:200] for found in lost}):
        say(f"lost: {reason}")
    answers = [
        (words, one, found)
        for words, one, found in zip(asked, alone, together, strict=True)
        if isinstance(found, Answer)
    ]
    own = sum(_own(words, asked, one, found) for words, one, found in answers)
    kinds = len({one.vertices.tobytes() for one in alone if one.vertices is not None})
    whole = [found.whole for _, _, found in answers]
    drawn = [found.drawn or found.whole for _, _, found in answers]
    line = (
        f"{count} visitors at once, {took:.1f} s: {len(lost)} lost, {len(answers) - own} saw another pose than their "
        f"own ({kinds} different ones asked for); first sign {_spread([found.first for _, _, found in answers])}, "
        f"drawn {_spread(drawn)}, whole {_spread(whole)}"
    )
    return Outcome(line, not lost and own == count and kinds > 0.9 * count)


def many_turns(address: str, count: int, memory: Memory | None, growth: float, say: Say) -> Outcome:
    """One long conversation; good when no turn fails and memory stays flat after the first fifth."""
    visitor = Visitor(address)
    visitor.open()
    taken, sent, sizes, undrawn = [], [], [], 0
    for turn in range(count):
        answer = visitor.say(_ORDERS[turn % len(_ORDERS)])
        taken.append(answer.whole)
        sent.append(answer.received / 1e3)
        undrawn += answer.vertices is None
        _watch(sizes, memory)
        if turn % max(1, count // 10) == 0:
            say(f"turn {turn}: {answer.whole:.2f} s, {answer.received / 1e3:.0f} kB{_now(sizes)}")
    visitor.close()
    grown, told = _grown(sizes)
    late = float(np.median(taken[-20:]) / np.median(taken[5:25])) if count >= 50 else 1.0
    line = (
        f"{count} turns in one conversation: {undrawn} without a pose; a turn {_spread(taken)}, "
        f"the last ones {late:.1f} x the first ones; {np.median(sent[:10]):.0f} kB a turn at first, "
        f"{np.median(sent[-10:]):.0f} kB at last; {told}"
    )
    return Outcome(line, undrawn == 0 and grown <= growth)


def many_sessions(address: str, count: int, memory: Memory | None, growth: float, say: Say) -> Outcome:
    """Visitors come, say one thing and leave, one after another; good when memory stays flat after the first fifth."""
    listeners = Visitor(address).listeners
    sizes: list[float] = []
    taken = []
    for number in range(count):
        visitor = Visitor(address, listeners)
        with visitor.beat():
            visitor.open()
            taken.append(visitor.say(_ORDERS[number % len(_ORDERS)]).whole)
        visitor.close()
        _watch(sizes, memory)
        if number % max(1, count // 10) == 0:
            say(f"session {number}: {taken[-1]:.2f} s{_now(sizes)}")
    grown, told = _grown(sizes)
    return Outcome(f"{count} sessions opened and closed: a turn {_spread(taken)}; {told}", grown <= growth)


def _dared(visitor: Visitor, words: str) -> Answer | Exception:
    try:
        return visitor.say(words)
    except Exception as error:  # counted and told; the others go on
        return error


def _own(words: str, asked: list[str], alone: Answer, found: Answer) -> bool:
    """Whether a visitor saw their pose, below their words, and nobody else's words."""
    said = " ".join(text for _, text in found.messages)
    if found.vertices is None or alone.vertices is None or words not in said:
        return False
    if any(other in said for other in asked if other != words and other not in words):
        return False
    return float(np.abs(found.vertices - alone.vertices).max()) < SAME


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "never"
    return f"p50 {np.percentile(seconds, 50):.2f} s, p95 {np.percentile(seconds, 95):.2f} s"


def _watch(sizes: list[float], memory: Memory | None) -> None:
    if memory is not None:
        sizes.append(memory())


def _now(sizes: list[float]) -> str:
    return f", {sizes[-1]:.0f} MB" if sizes else ""


def _grown(sizes: list[float]) -> tuple[float, str]:
    """How much memory grew between the end of the warm-up (a fifth) and the end, as a share of the former."""
    if not sizes:
        return 0.0, "memory not measured"
    start = len(sizes) // 5
    tenth = max(1, len(sizes) // 10)
    before, after = (float(np.median(part)) for part in (sizes[start : start + tenth], sizes[-tenth:]))
    grown = after / before - 1
    return grown, f"memory {before:.0f} to {after:.0f} MB ({100 * grown:+.1f} %)"
