"""What a question about a pose asks: its kind, the part or measure it is about, and what it claims.

The patterns are data (``questions.yaml``); what a question claims ("is the left arm raised?") is read by the parser.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unipose.language.asking.asked import Match, Patterns
from unipose.language.asking.sizes import Sizes
from unipose.language.items import Amount, Change, Item, Statement, deny
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.parser import Parser

KINDS = (
    "part", "where", "yes_no", "amount", "compare", "count", "which", "name", "balance", "symmetry", "fix", "why",
    "unanswerable",
)  # fmt: skip
_AUXILIARY = re.compile(r"^(?:is|do|have)(?: not)?\s+(?:there\s+)?")
_OF_OTHER = re.compile(r"^(?:do|have)(?: not)?\s+")
_ASKING = re.compile(
    r"^(?:is|do|have|what|which|where|who|whom|why|when|how|would|will|can|could)\b"
    r"|^(?:by|on|in|to|at|from|for) (?:what|which|how|whom)\b"
)
_ORDER = re.compile(r"^(?:can|could|would|will) (?:you|we)\b|^what (?:if|about)\b|^how about\b|\bshould\b")
_ORDER_OR_NOT = re.compile(r"^(?:do|have) (?!you\b|they\b|we\b|i\b|he\b|she\b)")  # "have him sit", "do the splits"
_OF_PARTS = re.compile(r"^do (?:(?:the|his|her|their|your|my) )?(?:left|right|both|any|either|\w+s|feet) (?=\w)")
_SAID = re.compile(r"^(?:they|he|she) ")
_THAN = re.compile(
    r"\b(?:(?P<more>more than|over|at least|further than|wider than|above)|less than|under|at most|below)\s+(?=\d)"
)
_LEAST_SURE = 0.4
_NAME_SURE = 0.85  # a name is a word or two, so that a guess at it is soon wrong
_UNREAD_SHARE = 0.34  # of the words of a yes/no question may have been left unread


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        kind: one of ``KINDS``.
        topic: of the kinds that have several: a key of ``answers.yaml``, or the measure of an amount.
        side: "left" or "right" where one was named.
        part: the part of the body asked about, in the words of ``questions.yaml``.
        claims: what is asked about or wanted: readings of which any may be meant, each a conjunction.
        premise: what the question takes for granted in passing ("the raised leg"), read as ``claims``.
        words: the question in lower case, without what only leads up to it.
    """

    kind: str
    topic: str = ""
    side: str = ""
    part: str = ""
    claims: tuple[tuple[Item, ...], ...] = ()
    premise: tuple[tuple[Item, ...], ...] = ()
    words: str = ""


class Reader:
    """Reads questions.

    Args:
        registry: the predicates.
        parser: reads what is claimed.
        data: the parsed ``questions.yaml``; the shipped one when left out.
    """

    def __init__(self, registry: Registry, parser: Parser, data: Mapping[str, Any] | None = None) -> None:
        data = data or read_data("questions.yaml")
        self._registry = registry
        self._parser = parser
        self.entries: Sequence[Mapping[str, Any]] = data["questions"]
        self.parts: Mapping[str, Mapping[str, str]] = data["parts"]
        self._sizes = Sizes(data)
        plurals, neighbours = read_data("wordings.yaml")["plurals"], read_data("noise.yaml")["neighbours"]
        self.patterns = Patterns(data, plurals, neighbours, self._sizes.words())
        self._expressions = [self.patterns.compile((*one["ask"], *one.get("hear", ()))) for one in self.entries]
        parts = "|".join({word for one, entry in self.parts.items() for word in (one, entry.get("many", one))})
        passing = "|".join(data["passing"])
        self._passing = re.compile(rf"\b(?<!how )(?P<how>{passing}) (?:(?P<side>left|right) )?(?P<part>{parts}) ")
        self._sided_passing = re.compile(rf"\b(?P<side>left|right) (?P<how>{passing}) (?P<part>{parts}) ")

    @staticmethod
    @functools.cache
    def of(parser: Parser) -> Reader:
        """The reader of the shipped questions that uses this parser. Built once for each."""
        return Reader(Registry.load(), parser)

    def read(self, text: str) -> Question | None:
        """What a text asks; None when it is no question about a pose that is understood."""
        stripped = self.patterns.stripped(text)
        led = self.patterns.led(text)
        if not (led or self._asks(text, stripped) or stripped.startswith(("about ", "describe "))):
            return self._size(text)
        normal = self.patterns.normal(text)
        plain, premise = self._without_passing(normal)
        found = (
            self._by_pattern(plain, text)
            or next(filter(None, (self._by_pattern(way, text) for way in self.patterns.direct(plain))), None)
            or self._size(text)
            or self._yes_no(stripped if not premise else plain, led)
        )
        return replace(found, premise=premise, words=self.patterns.bare(text)) if found is not None else None

    def _size(self, text: str) -> Question | None:
        """A question for a size that is asked by what stands in it, or an order to tell one."""
        lower = text.lower().replace("\u2019", "'").strip()
        wanted = self._sizes.wanted(lower)
        size = self._sizes.read(
            self.patterns.normal(wanted or lower), bool(wanted) or "?" in text or self.patterns.led(text)
        )
        return None if size is None else Question("amount", size.measure, size.side, words=self.patterns.bare(lower))

    @staticmethod
    def _asks(text: str, stripped: str) -> bool:
        """Whether it has the form of a question, and not of an order ("could you kneel?", "do the splits")."""
        if _ORDER.search(stripped):
            return False
        if (
            _ORDER_OR_NOT.match(stripped)
            and not _OF_PARTS.match(stripped)
            and not re.search(r"\b(?:does|did|has|had)\b", text.lower())
        ):
            return "?" in text
        return _ASKING.match(stripped) is not None or "?" in text

    # ------------------------------------------------------------------ patterns

    def _by_pattern(self, normal: str, text: str) -> Question | None:
        for entry, expression in zip(self.entries, self._expressions, strict=True):
            match = self.patterns.match(expression, normal)
            if match is not None:
                question = self._understood(entry, match, text)
                if question is not None:
                    return question
        return None

    def _understood(self, entry: Mapping[str, Any], match: Match, text: str) -> Question | None:
        kind, topic = entry["kind"], entry.get("topic", entry.get("measure", ""))
        question = Question(kind, topic, match.side, match.part)
        if kind == "unanswerable":  # "is this the chair pose" asks for no chair
            return None if entry.get("unless_named") and self._named(text) else question
        if kind == "which":
            claims = tuple(self._claims(f"{side} {match.part} {match.claim}") for side in ("left", "right"))
            return replace(question, claims=claims) if all(len(one) == 1 for one in claims) else None
        if kind == "why" or topic == "claim":
            claims = self._readings(match.claim)
            return replace(question, claims=claims) if claims else None
        return question

    def _named(self, text: str) -> bool:
        read = self._parser.parse(text)
        asked = _AUXILIARY.match(self.patterns.stripped(text)) is not None
        return asked and not read.unparsed and any(map(self._is_name, read.sure(_NAME_SURE)))

    # ------------------------------------------------------------------ claims

    def _yes_no(self, stripped: str, led: bool) -> Question | None:
        auxiliary = _AUXILIARY.match(stripped)
        if auxiliary is None and (_ASKING.match(stripped) or not (led or _SAID.match(stripped))):
            return None
        if _ASKING.match(_AUXILIARY.sub("", stripped)):
            return None
        said = _OF_OTHER.sub("", stripped).replace("is not ", "is ", 1).rstrip(" ?.!")
        claims = self._alternatives(said) or self._readings(said)
        if not claims:
            return None
        named = len(claims[0]) == 1 and self._is_name(claims[0][0])
        if named and not self._sure_of_name(said):  # "is the water cold" asks for no pose called "freezing cold"
            return None
        kind = "name" if named and " or " not in said else "yes_no"
        return Question(kind, "either" if " or " in said and len(claims) > 1 else "", claims=claims)

    def _alternatives(self, said: str) -> tuple[tuple[Item, ...], ...]:
        """ "sitting or standing", "looking up or down": what is on each side of the "or"."""
        first, joined, second = said.partition(" or ")
        if not joined:
            return ()
        words = first.split()
        one = self._claims(first)
        for kept in range(len(words), 0, -1):
            other = self._claims(" ".join((*words[: kept - 1], second)))
            if one and other and other != one:
                return (one, other)
        return ()

    def _readings(self, said: str) -> tuple[tuple[Item, ...], ...]:
        """What is claimed; of both sides where none is named and the parser had to choose one."""
        claims = self._claims(said)
        if not claims:
            return ()
        if len(claims) == 1 and not re.search(r"\b(left|right|both)\b", said):
            other = self._other_side(claims[0])
            if other is not None:
                return tuple(sorted((claims, (other,)), key=lambda one: "right" in str(one)))
        return (claims,)

    def _claims(self, said: str) -> tuple[Item, ...]:
        """Items of a text that was read well enough."""
        compared = _THAN.search(said)
        if compared is not None:
            return self._beyond(
                f"{said[: compared.start()]}about {said[compared.end() :]}", more=compared["more"] is not None
            )
        read = self._parser.parse(said)
        items = read.sure(_LEAST_SURE)
        words = len(said.split())
        enough = len(items) == len(read.items) and len(read.unparsed) <= _UNREAD_SHARE * words
        fits = all(isinstance(item, Statement | Amount | Change) for item in items)
        return tuple(map(_affirmed, items)) if enough and fits else ()

    def _beyond(self, said: str, more: bool) -> tuple[Item, ...]:
        """More, or less, than a number: "bent more than 90 degrees"."""
        numbers = self._claims(said)
        if not all(isinstance(item, Amount) for item in numbers):
            return ()
        found = []
        for item in numbers:
            assert isinstance(item, Amount)
            middle = (item.lo + item.hi) / 2
            found.append(replace(item, lo=middle if more else -math.inf, hi=math.inf if more else middle))
        return tuple(found)

    def _other_side(self, item: Item) -> Item | None:
        if not isinstance(item, Statement) or self._registry[item.predicate].side not in ("left", "right"):
            return None
        return replace(item, predicate=self._registry[item.predicate].mirror)

    def _sure_of_name(self, said: str) -> bool:
        read = self._parser.parse(said)
        return not read.unparsed and len(read.sure(_NAME_SURE)) == len(read.items)

    def _is_name(self, item: Item) -> bool:
        return isinstance(item, Statement) and self._registry[item.predicate].region == "name"

    # ------------------------------------------------------------------ what is said in passing

    def _without_passing(self, normal: str) -> tuple[str, tuple[tuple[Item, ...], ...]]:
        """A question without what it says of a part in passing, and the readings of that."""
        match = self._sided_passing.search(normal) or self._passing.search(normal)
        if match is None:
            return normal, ()
        sided = f"{match['side'] or ''} {match['part']}".strip()
        if match["side"]:
            premise: tuple[tuple[Item, ...], ...] = (self._claims(f"{sided} {match['how']}"),)
        else:
            both = (self._claims(f"{side} {match['part']} {match['how']}") for side in ("left", "right"))
            premise = tuple(one for one in both if one)
            whole = self._claims(f"{match['part']} {match['how']}")
            if not premise or match["part"] in self._many():
                many = self.parts.get(match["part"], {}).get("many", "")
                premise = (whole or self._claims(f"{many} {match['how']}"),)
        if not all(premise) or not premise:
            return normal, ()
        return f"{normal[: match.start()]}{sided} {normal[match.end() :]}", premise

    def _many(self) -> frozenset[str]:
        return frozenset(entry["many"] for entry in self.parts.values() if "many" in entry)


def _affirmed(item: Item) -> Item:
    """What "isn't she standing?" asks about."""
    return deny(item) if isinstance(item, Statement | Amount | Change) and item.negated else item
