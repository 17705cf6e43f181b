"""Searching poses: by what is said of them, by what they are called, and by likeness.

A text is read by the parser and its claims are checked on every pose and on its mirror image: the share that holds
counts by how much of the text they are. What else it says may be a name: one that was read, those that the words left
over hint at (``unipose.language.reading.meaning``), and words of names. Among equals those come first that do it more
clearly, and little besides.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.body.pose import Pose
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.language.checking.checker import Checker
from unipose.language.items import Item, Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.language.reading.meaning import NOTHING, Meaning
from unipose.language.reading.parser import Parse, Parser
from unipose.library.names import Index, Label
from unipose.library.shelves import SHIPPED, Shelf, centred

MAX_TEXT = 400
"""Characters of a text that are read."""

_NAMED, _CLEARLY = 0.3, 0.01  # what a name counts beside claims, and what a sigma of margin does
_PLAINLY = 0.15  # what it costs to do what nobody asked for: all joints at a right angle from where they rest
_WORDS = 0.8  # what the words of a name count beside the name itself
_HINTS = 12  # names that words may hint at
_LEAST = 0.1  # score of what is shown at all
_AGAIN, _MOST_AGAIN = 0.05, 3  # each further pose of one name counts less by this much, so many times
_SAME = 0.005  # metres; as near, it is the very pose that others like it are looked for
_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A pose that was found.

    Attributes:
        name: what it is called.
        pose: as it is called and claimed to be: already mirrored where ``mirrored`` says so.
        source: of its shelf.
        mirrored: whether the mirror image of what lies on the shelf was found.
        held, asked: how many of the claims of the text hold, and how many there are.
        apart: metres to the pose looked for, root mean square over the joints; none when words were looked for.
    """

    name: str
    pose: Pose
    source: str
    mirrored: bool = False
    held: int = 0
    asked: int = 0
    apart: float | None = None

    @property
    def told(self) -> str:
        """What else is worth knowing of it; it may be empty."""
        notes = [] if self.source == SHIPPED else [f"from the {self.source}"]
        notes += ["mirrored"] if self.mirrored else []
        notes += [f"{self.held} of {self.asked}"] if self.asked > 1 else []
        notes += [f"{100 * self.apart:.0f} cm away"] if self.apart is not None else []
        return ", ".join(notes)


@dataclass(frozen=True)
class _Request:
    """What a text asks for: claims with how sure they are, names with how well they fit, and a side if one is said."""

    items: tuple[Item, ...]
    sure: tuple[float, ...]
    entries: dict[str, float]
    labels: dict[Label, float]
    side: str
    read: float  # how much of the text became claims, 0 to 1; the less, the more its names count

    def fits(self, label: Label) -> float:
        return max(self.entries.get(label.entry, 0.0), _WORDS * self.labels.get(label, 0.0))


class Library:
    """Shelves that are searched together. Nothing in it changes: :meth:`beside` makes another one.

    Args:
        shelves: where to look.
        parser: reads what is asked; the shared one when left out.
        meaning: guesses at names; the shipped one when left out, where its package is installed.
    """

    def __init__(self, shelves: Sequence[Shelf], parser: Parser | None = None, meaning: Meaning | None = None) -> None:
        self.shelves = tuple(shelves)
        self._registry = Registry.load()
        self._checker = Checker(self._registry)
        self._parser, self._meaning = parser, meaning

    def __len__(self) -> int:
        return sum(map(len, self.shelves))

    def beside(self, shelf: Shelf) -> Library:
        """A library with one more shelf."""
        return Library([*self.shelves, shelf], self._parser, self._meaning)

    @torch.no_grad()
    def search(self, text: str, count: int = 24) -> list[Found]:
        """The poses that a text describes or names, the best first; none where none fits at all."""
        request = self._read(text[:MAX_TEXT])
        if not (request.items or request.entries or request.labels):
            return []
        mirrored = [self._registry.mirrored(item) for item in request.items]
        rows: list[tuple[float, int, int, bool, int]] = []  # score, shelf, place, mirrored, claims that hold
        for number, shelf in enumerate(self.shelves):
            named = self._named(request, shelf)
            plain, plain_held = self._scores(request.items, request, shelf, named)
            other, other_held = self._scores(mirrored, request, shelf, named)
            left = {"left": 1.0, "right": -1.0}.get(request.side, 0.0) * _CLEARLY
            turned = other > plain + 1e-3 + 2 * left
            score, held = torch.where(turned, other, plain), torch.where(turned, other_held, plain_held)
            best = score.topk(min(len(score), 8 * count)).indices.tolist()
            rows += [(float(score[i]), number, i, bool(turned[i]), int(held[i])) for i in best if score[i] > _LEAST]
        asked = len(request.items)
        return [
            self._found(shelf, place, turned, held=held, asked=asked)
            for _, shelf, place, turned, held in self._varied(rows)[:count]
        ]

    @torch.no_grad()
    def like(self, pose: Pose, count: int = 24) -> list[Found]:
        """The poses whose joints come nearest to those of a pose, wherever they face, and as mirror images too."""
        both = torch.stack([pose.rotations, mirror_rotations(pose.rotations)])
        wanted = centred(forward_kinematics(both)[0])
        rows: list[tuple[float, int, int, bool, int]] = []
        for number, shelf in enumerate(self.shelves):
            plain, other = (apart(shelf.joints, each) for each in wanted)
            plain = plain.where(plain > _SAME, torch.inf)
            other = other.where(plain.isfinite(), torch.inf)
            turned = other < plain - 1e-3
            gaps = torch.where(turned, other, plain)
            best = gaps.topk(min(len(gaps), 2 * count), largest=False).indices.tolist()
            rows += [(-float(gaps[i]), number, i, bool(turned[i]), 0) for i in best if gaps[i].isfinite()]
        rows.sort(key=lambda row: -row[0])
        return [self._found(shelf, place, turned, apart=-gap) for gap, shelf, place, turned, _ in rows[:count]]

    def draw(self, dice: torch.Generator, count: int = 24) -> list[Found]:
        """Any poses, all names alike."""
        by_name: dict[Label, list[tuple[int, int]]] = {}
        for number, shelf in enumerate(self.shelves):
            for place, label in enumerate(shelf.labels):
                by_name.setdefault(label, []).append((number, place))
        names = list(by_name.values())
        chosen = [names[which] for which in torch.randperm(len(names), generator=dice)[:count].tolist()]
        picks = [own[int(torch.randint(len(own), (1,), generator=dice))] for own in chosen]
        return [self._found(number, place, False) for number, place in picks]

    # -- reading --------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _index(self) -> Index:
        return Index(label for shelf in self.shelves for label in shelf.labels)

    @functools.cached_property
    def _entry_of(self) -> dict[str, str]:
        """Predicates that are names, to their entries."""
        found: dict[str, str] = {}
        for entry in load_lexicon():
            forms = [entry.id.format(side=side) for side in ("left", "right")]
            found |= dict.fromkeys([*forms, *([entry.either] if entry.either else [])], entry.wording_id)
        return found

    def _read(self, text: str) -> _Request:
        parse = (self._parser or Parser.load()).parse(text)
        claims = [
            (item, sure)
            for item, sure in zip(parse.items, parse.confidences, strict=True)
            if not Checker.needs_before(item)
        ]
        names = {self._entry_of.get(item.predicate, ""): 1.0 for item, _ in claims if isinstance(item, Statement)}
        names.pop("", None)
        side = _SIDE.search(text)
        return _Request(
            tuple(item for item, _ in claims),
            tuple(sure for _, sure in claims),
            self._hints(text, parse) | names,
            dict(self._index.matches(text)),
            side.group(1).lower() if side else "",
            parse.confidence,
        )

    def _hints(self, text: str, parse: Parse) -> dict[str, float]:
        """Names that what was left unread, and the whole of it, is about, 0 to 1."""
        meaning = self._meaning or Meaning.load()
        stretches = [text[start:end] for start, end in parse.unread] if parse.items else []
        stretches = [each for each in (*stretches, text) if each.strip()] if parse.unread or not parse.items else []
        if meaning is None or not stretches:
            return {}
        found: dict[str, float] = {}
        for hints in meaning.hints(stretches, most=_HINTS):
            for hint in hints if hints[0].name != NOTHING else ():
                if hint.name != NOTHING:
                    # the likeliest of hundreds of names is rarely likely: the root brings into sight what may be meant
                    found[hint.name] = max(math.sqrt(hint.likely), found.get(hint.name, 0.0))
        return found

    # -- ranking --------------------------------------------------------------------------------------------------

    def _named(self, request: _Request, shelf: Shelf) -> Tensor:
        """How well each pose of a shelf is called what was asked for: [N], 0 to 1."""
        fits = {label: request.fits(label) for label in set(shelf.labels)}
        return torch.tensor([fits[label] for label in shelf.labels])

    def _scores(self, items: Sequence[Item], request: _Request, shelf: Shelf, named: Tensor) -> tuple[Tensor, Tensor]:
        """Scores [N] of a shelf's poses, and how many claims hold in each [N]."""
        if not items:
            return named, torch.zeros(len(shelf), dtype=torch.int64)
        margins = self._checker.margins(items, shelf.values)
        sure = margins.new_tensor(request.sure)
        holds = margins >= 0
        share = (holds * sure).sum(-1) / sure.sum()
        clear = margins.clamp(-3.0, 3.0).mean(-1)
        some = holds.any(-1) | (named > _LEAST)
        said = request.read * share + (1.0 - request.read + _NAMED) * named
        return torch.where(some, said + _CLEARLY * clear - _PLAINLY * shelf.unrest, 0.0), holds.sum(-1)

    def _varied(self, rows: list[tuple[float, int, int, bool, int]]) -> list[tuple[float, int, int, bool, int]]:
        """The rows, the best first, further ones of a name somewhat later."""
        seen: Counter[Label] = Counter()
        again = []
        for row in sorted(rows, key=lambda row: -row[0]):
            label = self.shelves[row[1]].labels[row[2]]
            again.append((row[0] - _AGAIN * min(seen[label], _MOST_AGAIN), *row[1:]))
            seen[label] += 1
        return sorted(again, key=lambda row: -row[0])

    def _found(
        self, shelf: int, place: int, turned: bool, held: int = 0, asked: int = 0, apart: float | None = None
    ) -> Found:
        own = self.shelves[shelf]
        pose, label = own.pose(place), own.labels[place]
        pose = pose.mirror() if turned else pose
        return Found(label.told(turned), pose.facing_forward(), own.source, turned, held, asked, apart)


def apart(joints: Tensor, wanted: Tensor) -> Tensor:
    """How far poses are from one, however they are moved and turned about the vertical to meet it.

    Args:
        joints: [N, J, 3] metres, about their middle.
        wanted: [J, 3], likewise.

    Returns:
        [N] metres, root mean square over the joints. The best turn is known in closed form, as in two dimensions.
    """
    along = (joints[..., 0] * wanted[:, 0] + joints[..., 2] * wanted[:, 2]).sum(-1)
    across = (joints[..., 0] * wanted[:, 2] - joints[..., 2] * wanted[:, 0]).sum(-1)
    upright = (joints[..., 1] * wanted[:, 1]).sum(-1)
    squares = joints.square().sum((-1, -2)) + wanted.square().sum()
    return ((squares - 2 * (upright + torch.hypot(along, across))).clamp_min(0) / joints.shape[-2]).sqrt()
