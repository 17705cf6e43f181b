"""Patterns of questions (``questions.yaml``): what they match, and how they are asked."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.language.reading.plain import Spelling
from unipose.language.reading.sentences import SentenceEncoder

_WORD = re.compile(r"[a-z0-9°]+(?:'[a-z]+)?")
_WHICH_IS = re.compile(r"\b((?:which|what) \w+)'s\b")  # "which knee's higher"
_SLOT = re.compile(r"@(?P<noun>\w+)|(?P<part>\{part\})|(?P<claim>\{claim\})|(?P<any>\.\.\.)|[(|)]|[^\s(|)]+")
_INNERMOST = re.compile(r"\(([^()]*)\)")
_SIDES = "left|right|both|either"
_INDIRECT = re.compile(
    r"(?P<asks>where |which way |what |how (?:(?:much|far|high|wide) )?|how (?!much |far )\S+ )(?P<who>(?:\S+ )+?)"
    r"(?P<verb>is |do )(?P<rest>(?:\S+ )*)"
)
_FORMS = {
    "is": ("is", "are"),
    "do": ("does", "do"),
    "does": ("does", "do"),
    "have": ("has", "have"),
    "are": ("is", "are"),
}
_PLAIN_PEOPLE = ("they", "you")


@dataclass(frozen=True)
class Asked:
    """Who a question is asked about: "is she", "her left arm"."""

    person: str
    whose: str


@dataclass(frozen=True)
class Match:
    """What the slots of a pattern held. Each is empty where there was no such slot."""

    side: str = ""
    part: str = ""
    claim: str = ""


class Patterns:
    """Compiles patterns, brings texts to the form they match, and puts patterns into words.

    Args:
        data: the parsed ``questions.yaml``.
        plurals: noun to its plural.
        neighbours: letter to those it is mistaken for, for misspelt words.
        right: words besides those of the patterns that are spelt right.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        plurals: Mapping[str, str],
        neighbours: Mapping[str, str],
        right: Iterable[str] = (),
    ) -> None:
        self._plurals = plurals
        self._many = {many: one for one, many in plurals.items()}
        self._parts: dict[str, str] = {}
        for word, entry in data["parts"].items():
            self._parts |= {word: word, entry.get("many", word): word}
        self._same = [(re.compile(rf"(?<![\w']){re.escape(a)}(?![\w'])"), b) for a, b in data["plain"].items()]
        self._people = frozenset(data["people"])
        self._dropped = frozenset(data["dropped"])
        ignored = sorted(data["ignored"], key=len, reverse=True)
        self._ignored = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, ignored))})(?![\w'])")
        self._leads = _fronted((*data["leads"], *data["asking"]))
        self._asking = _fronted(data["leads"], data["asking"])
        known = Counter(
            word
            for entry in data["questions"]
            for pattern in (*entry["ask"], *entry.get("hear", ()))
            for word in re.findall("[a-z]+", pattern)
        )
        known.update(list(self._parts))
        known.update(right)
        self._spelling = Spelling(known, data["shortest_mended"], neighbours, SentenceEncoder.words())

    def led(self, text: str) -> bool:
        """Whether what a question starts with makes it one ("would you say ...")."""
        return self._asking.match(text.lower().replace("\u2019", "'").strip()) is not None

    def stripped(self, text: str) -> str:
        """A question in plain words without what only leads up to it ("so tell me, ...")."""
        return self._same_words(self.bare(text))

    def bare(self, text: str) -> str:
        """The same in the person's own words, in lower case."""
        return self._leads.sub("", text.lower().replace("\u2019", "'").strip())

    def normal(self, text: str) -> str:
        """The form of a question that patterns match: plain words, each followed by a space."""
        spelt = _WHICH_IS.sub(r"\1 is", self.stripped(text))
        words = _WORD.findall(self._ignored.sub(" ", spelt))
        return "".join(f"{word} " for word in map(self._plain, words) if word)

    def direct(self, normal: str) -> Iterator[str]:
        """The same question asked in so many words, in the ways it may be: "where the hand is" asks where it is."""
        if (found := _INDIRECT.fullmatch(normal)) is not None:
            yield found["asks"] + found["verb"] + found["who"] + found["rest"]

    def compile(self, patterns: Sequence[str]) -> re.Pattern[str]:
        """One expression for several patterns, to be matched with :meth:`match`."""
        slots = iter(range(10_000))
        return re.compile("|".join(f"(?:{self._expression(pattern, slots)})" for pattern in patterns))

    def match(self, expression: re.Pattern[str], normal: str) -> Match | None:
        """The slots of a question that ``normal`` gave, if it is one of these."""
        found = expression.fullmatch(normal)
        if found is None:
            return None
        slots = {name.partition("_")[0]: value.strip() for name, value in found.groupdict().items() if value}
        part = self._parts.get(slots.get("part", ""), slots.get("part", ""))
        side = slots.get("side", "")
        return Match("" if side in ("both", "either") else side, part, slots.get("claim", ""))

    def ask(
        self, pattern: str, asked: Asked, rng: random.Random, side: str = "", part: str = "", claim: str = ""
    ) -> str:
        """A pattern in words: "how bent is her left knee". ``side`` is "left", "right" or "both"."""
        while (inner := _INNERMOST.search(pattern)) is not None:
            pattern = pattern[: inner.start()] + rng.choice(inner[1].split("|")) + pattern[inner.end() :]
        said: list[str] = []
        verb = False  # whether the word before is a verb that agrees with what comes
        for word in pattern.split():
            phrase, many = self._phrase(word, asked, side, part, claim)
            if verb and many is not None:
                said[-1] = _FORMS[said[-1]][many]
            verb = word in _FORMS
            said.append(phrase)
        return " ".join(" ".join(said).split())

    # ------------------------------------------------------------------ matching

    def _same_words(self, text: str) -> str:
        for pattern, plain in self._same:
            text = pattern.sub(plain, text)
        return text

    def _plain(self, word: str) -> str:
        word = word.removesuffix("'s").removesuffix("'")
        if word in self._people:
            return "they"
        if word in self._dropped:
            return ""
        return self._same_words(self._spelling.mend(word)) if word.isalpha() else word

    def _expression(self, pattern: str, slots: Any) -> str:
        text = self._same_words(pattern.replace("~", ""))
        text = self._ignored.sub(" ", text)
        return "".join(self._token(token, slots) for token in _SLOT.finditer(text))

    def _token(self, token: re.Match[str], slots: Any) -> str:
        if token["noun"]:
            noun = token["noun"]
            return rf"(?:(?:(?P<side_{next(slots)}>{_SIDES}) )?(?:{noun}|{self._plurals[noun]}) )"
        if token["part"]:
            return rf"(?:(?:(?P<side_{next(slots)}>{_SIDES}) )?(?P<part_{next(slots)}>{'|'.join(self._parts)}) )"
        if token["claim"]:
            return rf"(?P<claim_{next(slots)}>(?:\S+ )+)"
        if token["any"]:
            return r"(?:\S+ )*?"
        if token[0] in "(|)":
            return {"(": "(?:", "|": "|", ")": ")"}[token[0]]
        words = map(self._pattern_word, _WORD.findall(token[0]))
        return "".join(f"{re.escape(word)} " for word in words if word)

    def _pattern_word(self, word: str) -> str:
        if word in self._people:
            return "they"
        return "" if word in self._dropped else word

    # ------------------------------------------------------------------ asking

    def _phrase(self, word: str, asked: Asked, side: str, part: str, claim: str) -> tuple[str, bool | None]:
        """A word of a pattern in words, and whether it is plural where it can be a subject."""
        core = word.rstrip(",")
        tail = word[len(core) :]
        if core == "they":
            return asked.person + tail, asked.person in _PLAIN_PEOPLE
        if core.startswith("@"):
            return self._noun_phrase(core[1:], side, asked) + tail, side == "both"
        if core == "{part}":
            sided = part in self._plurals and bool(side)
            return (self._noun_phrase(part, side, asked) if sided else f"{asked.whose} {part}") + tail, side == "both"
        if core == "{claim}":
            return claim + tail, None
        if core.startswith("~{claim}"):
            return f"{asked.whose} {claim}{tail}", False
        if core.startswith("~"):
            return f"{asked.whose} {core[1:]}{tail}", core.endswith("s") or core[1:] in self._many
        if core == "both":
            return word, True
        return word, None

    def _noun_phrase(self, noun: str, side: str, asked: Asked) -> str:
        many = self._plurals[noun]
        return f"{asked.whose} {many}" if side == "both" else f"{asked.whose} {side} {noun}".replace("  ", " ")


def _fronted(words: Sequence[str], last: Sequence[str] = ()) -> re.Pattern[str]:
    """Any of some words at the front of a text, again and again; then one of ``last``, where there are any."""

    def one_of(some: Sequence[str]) -> str:
        longest_first = sorted(some, key=len, reverse=True)
        return rf"[\s,.!:]*(?:{'|'.join(map(re.escape, longest_first))})(?![\w'])[\s,.!:]*"

    return re.compile(rf"^(?:{one_of(words)})*{one_of(last)}" if last else rf"^(?:{one_of(words)})+(?!$)")
