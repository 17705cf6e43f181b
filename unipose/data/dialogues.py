"""Conversations of several turns: a pose, changes, "a bit more", "the other side too", questions, undo, comparisons.

Each record is a conversation up to one of its turns, with the earlier ones as its history. What is said in any turn is
true of the codes: follow-ups are poses on the way of the last change, and a conversation in which one does not do what
was asked is dropped.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from unipose.data.following import along, back, elsewhere, further, moved_limb, on_other_side
from unipose.data.mixing import draw_groups, transplant
from unipose.data.records import Record
from unipose.data.synthesis import Synthesis, as_typed
from unipose.data.talk import Talk
from unipose.data.telling import Seen
from unipose.data.wording import draw, draw_template, read_talk, sentence, unfold
from unipose.language.asking.answering import Answerer
from unipose.language.asking.asker import Asker
from unipose.language.captions import Caption
from unipose.language.checking.checker import Checker
from unipose.language.items import Item, spell
from unipose.language.measuring.registry import Registry

MAX_TURNS = 5
# How the last change is followed up, and the shares of that.
_PATHS: dict[tuple[str, ...], float] = {
    ("more",): 0.22,
    ("less",): 0.2,
    ("other_side",): 0.22,
    ("more", "less"): 0.06,
    ("less", "more"): 0.06,
    (): 0.24,
}
_STEPS = {"more": 0.5, "less": -0.4}  # of the way of the last change
_ENDS = {"undo": 0.35, "first": 0.15, "edit": 0.3, "": 0.2}  # what comes after the follow-ups
_BETWEEN = {"": 0.6, "ask": 0.25, "describe": 0.05, "chat": 0.1}  # what is said after any pose
_LAST = {"compare": 0.4, "ask": 0.3, "describe": 0.2, "chat": 0.1}
_CUTS = 2  # turns of a conversation, which takes longer to make up than to learn from
_TRIES = 6  # wordings of a change, until one can be followed up


class Dialogues:
    """Makes records whose history is the conversation before them.

    Args:
        synthesis: gives poses, their codes and the words about them.
        talk: what is said that has nothing to do with the pose; all talk when left out.
    """

    def __init__(self, synthesis: Synthesis, talk: Talk | None = None) -> None:
        self._synthesis = synthesis
        self._talk = talk or Talk()
        self._asker = Asker(Answerer(synthesis.registry, synthesis.writer))
        self._checker = Checker(synthesis.registry)

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records, at most two of them of the same conversation."""
        rng = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        records: list[Record] = []
        while len(records) < size:
            for turns in self.conversations(1 + (size - len(records)) // _CUTS, rng, generator):
                for last in rng.sample(range(1, len(turns)), min(_CUTS, len(turns) - 1)):
                    records.append(replace(turns[last], history=tuple(turns[:last])))
        return records[:size]

    def conversations(self, tries: int, rng: random.Random, generator: torch.Generator) -> list[list[Record]]:
        """Whole conversations of 2 to ``MAX_TURNS`` turns, from ``tries`` attempts."""
        befores, afters = self._synthesis.pairs(tries, rng, generator)
        donors = self._synthesis.pairs(tries, rng, generator)[0]
        plans = [_plan(*poses, rng) for poses in zip(befores, afters, donors, strict=True)]
        views = iter(self._views(torch.cat([plan.poses for plan in plans])))
        shown = [[next(views) for _ in plan.poses] for plan in plans]
        told = (self._tell(plan, seen, rng) for plan, seen in zip(plans, shown, strict=True))
        return [turns for turns in told if turns]

    def _views(self, poses: Tensor) -> list[_View]:
        codes, values = self._synthesis.quantise(poses)
        return [
            _View(tuple(row.tolist()), seen)
            for row, seen in zip(codes, self._synthesis.teller.see(values), strict=True)
        ]

    # -- one conversation ------------------------------------------------------------------------------------------

    def _tell(self, plan: _Plan, views: Sequence[_View], rng: random.Random) -> list[Record]:
        """The turns; empty when some order cannot be said, or is not done by the codes."""
        thread = _Thread([views[0]])
        asked = self._synthesis.teller.request(views[0].seen, rng)
        if not thread.add(_captioned("generate", asked, (views[0],), rng)):
            return []
        if not self._change(thread, views[1], rng, _CLAIMS[plan.path[0]] if plan.path else None):
            return []
        order = thread.claims
        for kind, view in zip(plan.path, views[2:], strict=False):
            self._aside(_BETWEEN, thread, rng)
            claims = _CLAIMS[kind](order, self._synthesis.registry)
            if not claims or not self._holds(claims, thread.views[-1], view):
                return []
            thread.add(_worded(kind, thread.views[-1], view, rng, plan.limb, claims), view)
        self._aside(_BETWEEN, thread, rng)
        self._end(plan.end, thread, views[-1], rng)
        self._aside(_LAST, thread, rng)
        return thread.turns[:MAX_TURNS]

    def _change(
        self, thread: _Thread, view: _View, rng: random.Random, claims: Callable[..., Sequence[Item]] | None
    ) -> bool:
        """An order that leads to ``view``, if it can be said; one that can be followed up where that is planned."""
        before, after = thread.views[-1].seen, view.seen
        for _ in range(_TRIES):
            count = 1 if claims else rng.choice((1, 1, 2))
            said = self._synthesis.edits.edit(
                before.values.numpy(), before.truth, after.values.numpy(), after.truth, rng, count
            )
            if said.text and (claims is None or claims(said.statements, self._synthesis.registry)):
                thread.claims = said.statements
                return thread.add(_captioned("edit", said, (thread.views[-1], view), rng), view)
        return False

    def _end(self, kind: str, thread: _Thread, view: _View, rng: random.Random) -> None:
        now = thread.views[-1]
        if kind == "edit":
            self._change(thread, view, rng, None)
        elif kind:
            earlier = thread.views[-2] if kind == "undo" else thread.views[0]
            if earlier.codes != now.codes:
                thread.add(_worded(kind, now, earlier, rng), earlier)

    def _aside(self, shares: dict[str, float], thread: _Thread, rng: random.Random) -> None:
        """Something said of the pose in view, or of nothing."""
        kind, now = draw(shares, rng), thread.views[-1]
        if kind == "ask":
            question, answer = self._asker.ask_about(now.seen.values, rng)
            claims = tuple(map(spell, answer.statements))
            thread.add(Record("ask", question, (now.codes,), claims, draw_template("ask", rng), answer.text))
        elif kind == "describe":
            thread.add(_captioned("describe", self._synthesis.teller.description(now.seen, rng), (now,), rng))
        elif kind == "chat":
            thread.add(self._talk.draw(rng))
        elif kind == "compare":
            before = rng.choice((thread.views[0], thread.views[-2]))
            if before.codes != now.codes:
                a, b = before.seen, now.seen
                said = self._synthesis.edits.difference(
                    a.values.numpy(), a.truth, b.values.numpy(), b.truth, rng, rng.choice((1, 2, 3))
                )
                thread.add(_captioned("compare", said, (before, now), rng))

    def _holds(self, claims: Sequence[Item], before: _View, after: _View) -> bool:
        return before.codes != after.codes and all(self._checker.holds(claims, after.seen.values, before.seen.values))


_CLAIMS: dict[str, Callable[[Sequence[Item], Registry], Sequence[Item]]] = {
    "more": further,
    "less": back,
    "other_side": elsewhere,
}


@dataclass(frozen=True, eq=False)
class _View:
    """A pose as it is shown: its codes, and what is known of the pose they decode to."""

    codes: tuple[int, ...]
    seen: Seen


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is to happen: poses [2 + len(path) + 1, 22, 3, 3] (first, changed, each follow-up, another change)."""

    poses: Tensor
    path: tuple[str, ...]
    end: str
    limb: tuple[str, str] | None


@dataclass
class _Thread:
    """A conversation in the making: its turns, the poses in view so far, and what the last order claimed."""

    views: list[_View]
    turns: list[Record] = field(default_factory=list)
    claims: Sequence[Item] = ()

    def add(self, turn: Record | None, view: _View | None = None) -> bool:
        """Take in a turn if there is one, with the pose that it brought."""
        if turn is None:
            return False
        self.turns.append(turn)
        if view is not None:
            self.views.append(view)
        return True


def _plan(before: Tensor, after: Tensor, donor: Tensor, rng: random.Random) -> _Plan:
    limb = moved_limb(before, after)
    shares = {path: share for path, share in _PATHS.items() if limb or "other_side" not in path}
    path, end = draw(shares, rng), draw(_ENDS, rng)
    poses, share = [before, after], 1.0
    for kind in path:
        if kind == "other_side":
            poses.append(on_other_side(before, after, same_place=rng.random() < 0.5))
        else:
            share += _STEPS[kind]
            poses.append(along(before, after, share))
    poses.append(transplant(poses[-1], donor, draw_groups(rng, 1)))
    return _Plan(torch.stack(poses), path, end, limb)


def _captioned(task: str, caption: Caption, views: Sequence[_View], rng: random.Random) -> Record | None:
    """The record, or none when there was nothing to say."""
    if not caption.text:
        return None
    text = as_typed(caption.text, rng) if task in ("generate", "edit") else caption.text
    poses = tuple(view.codes for view in views)
    return Record(task, text, poses, tuple(map(spell, caption.statements)), draw_template(task, rng))


def _worded(
    kind: str,
    before: _View,
    after: _View,
    rng: random.Random,
    limb: tuple[str, str] | None = None,
    claims: Sequence[Item] = (),
) -> Record:
    """An order that leans on what was said, in words of ``talk/dialogues.yaml``."""
    data = read_talk("dialogues")
    side, part = limb or ("", "")
    slots = {**data["slots"], "part": [part], "side": ["right" if side == "left" else "left"]}
    text = as_typed(sentence(unfold(rng.choice(data[kind]), rng, slots)), rng)
    return Record("edit", text, (before.codes, after.codes), tuple(map(spell, claims)), draw_template("edit", rng))
