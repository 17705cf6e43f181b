"""A second look at clauses with unread words: parts that share a verb or a complement, and unknown wordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.cover import Cover, Piece, adjacent
from unipose.language.reading.degrees import Degrees
from unipose.language.reading.nearest import Nearest
from unipose.language.reading.plain import Plain, Word
from unipose.language.reading.scruples import Scruples
from unipose.language.reading.second_look import SecondLook
from unipose.language.reading.sides import OPEN, Sides
from unipose.language.reading.trie import EITHER

_OTHER, _ONE = "other", "one"
_UNKNOWN = (OPEN, EITHER)  # no side that a part could be given
_REACH = 2  # words behind a side among which its part stands ("left upper arm")
_SIDES = ("left", "right")
_BEFORE_A_PART = (*_SIDES, _OTHER)


Read = Callable[[Sequence[Word]], tuple[Piece, ...]]


class Repair:
    """Reads again what is left of a text.

    Args:
        plain: the words that separate clauses.
        nearest: knows words.
        look: reads unknown wordings.
        plurals: body parts, singular to plural.
        data: the parsed ``cues.yaml``.
        registry: the predicates; of some, either side is meant where none is named.
        sides: finds the sides of parts that lack theirs.
    """

    def __init__(
        self,
        plain: Plain,
        nearest: Nearest,
        look: SecondLook,
        plurals: Mapping[str, str],
        data: Mapping[str, Any],
        registry: Registry,
        sides: Sides,
    ) -> None:
        self._plain = plain
        self._nearest = nearest
        self._cover = Cover(look, nearest, registry, data)
        self._sides = sides
        self._leads_on = frozenset(data["leads_on"])
        self._tips: Mapping[str, Sequence[str]] = data["tips"]
        self._singular = {form: one for one, plural in plurals.items() for form in (one, plural)}
        self._one_of = {plural: one for one, plural in plurals.items()}
        self._parts = frozenset(self._singular)
        self._before_subject = frozenset((*_BEFORE_A_PART, *self._parts))
        self._sure: Mapping[str, float] = data["sure"]
        self._breaks = frozenset(data["clause_breaks"])
        self._registry = registry
        self._degrees = Degrees(registry, data["graded"])
        self._scruples = Scruples(registry, data)
        self._parting = frozenset(data["parting"])

    def mend(self, words: Sequence[Word], pieces: Sequence[Piece], read: Read) -> tuple[Piece, ...]:
        """The pieces of a text, with its doubtful stretches read again where possible."""
        if not self._doubtful(pieces):
            return tuple(pieces)
        clauses, sides = list(self._clauses(words, pieces)), self._sides.of(words)
        mended = [
            self._completed(words, clauses, at, read) if any(piece.unread for piece in clause) else clause
            for at, clause in enumerate(clauses)
        ]
        out: list[Piece] = []
        for group in self._groups(words, mended):
            covered = self._cover.best(words, group, sides) if self._doubtful(group) else group
            out.extend(self._doubt(words, self._scruples.cleared(words, self._sided(words, covered))))
        return tuple(out)

    def _sided(self, words: Sequence[Word], pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Claims of either side, of the one that is named right behind them ("wave a flag with the left hand")."""
        out: list[Piece] = []
        at = 0
        while at < len(pieces):
            piece, at = pieces[at], at + 1
            end = at
            while end < len(pieces) and not pieces[end].items:
                end += 1
            said = [word.plain for word in self._content(words, pieces[at:end])]
            if said and said[0] in _SIDES and all(word in self._parts or word == _ONE for word in said[1:]):
                items = tuple(self._of_side(item, said[0]) for item in piece.items)
                if items != piece.items:
                    sure = min(piece.confidence, self._sure["shared"])
                    piece, at = Piece(piece.start, pieces[end - 1].end, items, sure), end
            out.append(piece)
        return out

    def _of_side(self, item: Item, side: str) -> Item:
        if not isinstance(item, Statement):
            return item
        name = item.predicate.replace(EITHER, side, 1)
        return replace(item, predicate=name) if name in self._registry.index else item

    def _completed(
        self, words: Sequence[Word], clauses: Sequence[Sequence[Piece]], at: int, read: Read
    ) -> Sequence[Piece]:
        """A clause with the verb, or the part, that it shares with another one."""
        around = [clauses[other] for other in (at - 1, at + 1) if 0 <= other < len(clauses)]
        return (
            self._shared(words, clauses[at], around, read)
            or self._elliptic(words, clauses[at], read)
            or self._each(words, clauses[at], read)
            or self._graded(words, clauses[at], read)
            or self._carried(words, clauses[at], read)
            or clauses[at]
        )

    def _doubtful(self, pieces: Sequence[Piece]) -> bool:
        """Whether something was left unread, or was read in parts that may mean something else together."""
        return any(
            piece.unread or piece.continued or adjacent(before, piece)
            for before, piece in zip((None, *pieces), pieces, strict=False)
        )

    def _groups(self, words: Sequence[Word], clauses: Sequence[Sequence[Piece]]) -> Iterator[list[Piece]]:
        """Clauses that no pause parts, together."""
        group: list[Piece] = []
        for clause in clauses:
            if group and words[clause[0].start].joining:
                yield group
                group = []
            group.extend(clause)
        if group:
            yield group

    def _clauses(self, words: Sequence[Word], pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
        clause: list[Piece] = []
        for piece in pieces:
            first = words[piece.start]
            breaks = piece.filler and first.plain in self._breaks
            if clause and (breaks or first.joining):
                yield clause
                clause = []
            clause.append(piece)
        if clause:
            yield clause

    def _shared(
        self, words: Sequence[Word], clause: Sequence[Piece], around: Sequence[Sequence[Piece]], read: Read
    ) -> tuple[Piece, ...]:
        """A part alone ("raise your left hand and right foot"): the clause beside it says what it does."""
        said = self._content(words, clause)
        part = self._part_in(said)
        if part is None or part != (0, len(said)):
            return ()
        for beside in around:
            model = self._content(words, beside)
            place = self._part_in(model)
            if place is None or place == (0, len(model)):
                continue
            tried = [*model[: place[0]], *said, *model[place[1] :]]
            other = self._sides.other(words, clause[0].start)
            if other in _UNKNOWN and any(word.plain == _OTHER for word in tried):
                continue
            found = read([word._replace(joining=0.0, plain=_named(word.plain, other)) for word in tried])
            items = tuple(item for piece in found for item in piece.items)
            if items and not any(piece.unread for piece in found):
                return self._as_one(clause, items)
        return ()

    def _elliptic(self, words: Sequence[Word], clause: Sequence[Piece], read: Read) -> tuple[Piece, ...]:
        """A side without its part ("raise the right", "the left one"): it is the part spoken of before."""
        said = self._content(words, clause)
        before = [word.plain for word in words[: clause[0].start]]
        part = next((self._singular[word] for word in reversed(before) if word in self._singular), None)
        at = next((at for at, word in enumerate(said) if word.plain in _BEFORE_A_PART), None)
        behind = [word.plain for word in said[at + 1 : at + 1 + _REACH]] if at is not None else []
        if part is None or at is None or any(word in self._singular for word in behind):
            return ()
        side = said[at]
        rest = said[at + 2 :] if behind and behind[0] == _ONE else said[at + 1 :]
        tried = [*said[:at], side, side._replace(plain=part, joining=0.0, negated=False), *rest]
        other = self._sides.other(words, clause[0].start)
        if other in _UNKNOWN and side.plain == _OTHER:
            return ()
        found = read([word._replace(joining=0.0, plain=_named(word.plain, other)) for word in tried])
        items = tuple(item for piece in found for item in piece.items)
        if not items or any(piece.unread for piece in found):
            return ()
        return self._as_one(clause, items)

    def _each(self, words: Sequence[Word], clause: Sequence[Piece], read: Read) -> tuple[Piece, ...]:
        """Both of two parts beside one of one side ("both hands on the left knee"): what is said of each."""
        said = self._content(words, clause)
        at = next((at for at, word in enumerate(said) if word.plain in self._one_of), None)
        if at is None or not any(word.plain in _SIDES for word in said[at + 1 :]):
            return ()
        part = said[at]._replace(plain=self._one_of[said[at].plain], joining=0.0)
        items: list[Item] = []
        for side in _SIDES:
            tried = [*said[:at], said[at]._replace(plain=side), part, *said[at + 1 :]]
            found = read([word._replace(joining=0.0) for word in tried])
            claimed = [item for piece in found for item in piece.items]
            if not claimed or any(piece.unread for piece in found):
                return ()
            items += claimed
        return self._as_one(clause, tuple(dict.fromkeys(items)))

    def _graded(self, words: Sequence[Word], clause: Sequence[Piece], read: Read) -> tuple[Piece, ...]:
        """A clause with the word of a degree where no wording has it ("tilt your head slightly to the shoulder")."""
        degree, said = self._degrees.taken(self._content(words, clause))
        if not degree or not said:
            return ()
        found = read([word._replace(joining=0.0) for word in said])
        items = self._degrees.given([item for piece in found for item in piece.items], degree)
        return self._as_one(clause, items) if items and not any(piece.unread for piece in found) else ()

    def _carried(self, words: Sequence[Word], clause: Sequence[Piece], read: Read) -> Sequence[Piece]:
        """Unread words that go on about the part spoken of last ("her left hand reaches down to touch the knee"), or
        about what is at the end of theirs ("the left arm rests on the hip")."""
        for at, piece in enumerate(clause):
            if not piece.unread or (at and clause[at - 1].unread):
                continue
            end = next((i for i in range(at, len(clause)) if not clause[i].unread), len(clause))
            said = [word for word in words[piece.start : clause[end - 1].end] if word.plain not in self._leads_on]
            for tried in self._about(words[: piece.start], said):
                found = read([word._replace(joining=0.0) for word in tried])
                if len(found) == 1 and found[0].items:
                    whole = Piece(piece.start, clause[end - 1].end, found[0].items, self._sure["shared"])
                    return (*clause[:at], whole, *clause[end:])
        return ()

    def _about(self, before: Sequence[Word], said: Sequence[Word]) -> Iterator[Sequence[Word]]:
        """Words that may be meant by some: behind the part that was spoken of last, or one at the end of it."""
        if not said or said[0].negated:
            return
        own = len(said) > 2 and said[0].plain in _BEFORE_A_PART and said[1].plain in self._parts
        subject, rest = (said[:2], said[2:]) if own else (self._subject(before), said)
        if not subject or (not own and said[0].plain in self._before_subject):
            return
        side = subject[0]
        if side.plain == _OTHER:
            side = side._replace(plain=self._sides.other(before, len(before)))
            if side.plain in _UNKNOWN:
                return
        for part in (() if own else (subject[1].plain,)) + tuple(self._tips.get(subject[1].plain, ())):
            yield [side, subject[1]._replace(plain=part), *rest]

    def _subject(self, words: Sequence[Word]) -> Sequence[Word]:
        """The side and the part that were spoken of last; nothing where the last part had no side, or was landed on."""
        for at in range(len(words) - 1, 0, -1):
            if words[at].plain in self._parts:
                return words[at - 1 : at + 1] if words[at - 1].plain in _SIDES else ()
        return ()

    def _as_one(self, clause: Sequence[Piece], items: tuple[Item, ...]) -> tuple[Piece, ...]:
        """A clause that claims something as a whole, behind the fillers that open it."""
        first = next(at for at, piece in enumerate(clause) if not piece.filler)
        return (*clause[:first], Piece(clause[first].start, clause[-1].end, items, self._sure["shared"]))

    def _content(self, words: Sequence[Word], clause: Sequence[Piece]) -> list[Word]:
        return [word for piece in clause if not piece.filler for word in words[piece.start : piece.end]]

    def _part_in(self, words: Sequence[Word]) -> tuple[int, int] | None:
        """Where the first body part stands, its side included."""
        for position, word in enumerate(words):
            if word.plain in self._parts:
                sided = position and words[position - 1].plain in _BEFORE_A_PART
                return position - int(bool(sided)), position + 1
        return None

    def _doubt(self, words: Sequence[Word], pieces: Sequence[Piece]) -> list[Piece]:
        """What was read beside words that were not is less sure, above all if a claim may hang on those words."""
        out: list[Piece] = []
        part: list[Piece] = []
        for piece in pieces:
            if piece.filler and words[piece.start].plain in self._parting:
                out += [*self._less_sure(words, part), piece]
                part = []
            else:
                part.append(piece)
        return out + self._less_sure(words, part)

    def _less_sure(self, words: Sequence[Word], pieces: Sequence[Piece]) -> list[Piece]:
        unread = [word.plain for piece in pieces if piece.unread for word in words[piece.start : piece.end]]
        sure = 1.0
        if unread:
            sure = self._sure["beside_known" if any(map(self._nearest.weighty, unread)) else "beside_unknown"]
        out: list[Piece] = []
        for before, piece in zip((None, *pieces), pieces, strict=False):
            if adjacent(before, piece):
                out[-1] = replace(out[-1], confidence=min(out[-1].confidence, self._sure["adjacent"]))
                piece = replace(piece, confidence=min(piece.confidence, self._sure["adjacent"]))
            out.append(replace(piece, confidence=min(piece.confidence, sure)) if piece.items else piece)
        return out


def _named(word: str, other: str) -> str:
    return other if word == _OTHER else word
