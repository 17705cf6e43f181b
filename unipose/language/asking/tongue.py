"""How answers are put: statements, numbers and commands as clauses about the person who was asked about."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unipose.language.asking.facts import Lack
from unipose.language.items import Amount, Item, Statement
from unipose.language.writing.grammar import Phrase, Voice, series
from unipose.language.writing.patterns import Template
from unipose.language.writing.writer import Writer

_SAID = ("state", "be", "act")
_ACTS = 0.25  # how often something is told as an act ("she bends her knee") that could be told as it is


class Tongue:
    """Says single things plainly, in any person.

    Args:
        writer: knows the wordings.
        data: the parsed ``answers.yaml``.
    """

    def __init__(self, writer: Writer, data: Mapping[str, Any]) -> None:
        self._writer = writer
        self._grammar = writer.grammar
        self._registry = writer.registry
        self._frames: Mapping[str, Sequence[str]] = data["frames"]
        self._speakers = [(frozenset(one["words"]), Voice(*one["voice"])) for one in data["speakers"]]
        self._neutral = Voice(*data["neutral"])
        self._needs: dict[tuple[str, bool], list[Template]] = {}
        for name, words in data["needs"].items():
            for side in ("left", "right") if "{side}" in name else ("",):
                for key in ("more", "less"):
                    groups = self._grammar.compile({"act": words[key]}, side)
                    self._needs[name.replace("{side}", side), key == "more"] = [t for group in groups for t in group]
        self._else = {
            region: self._grammar.compile({"act": [words]}, "")[0] for region, words in data["needs_else"].items()
        }

    def voice(self, words: str) -> Voice:
        """Who a question is about, by its words."""
        spoken = set(re.findall(r"[a-z]+", words))
        return next((voice for known, voice in self._speakers if known & spoken), self._neutral)

    def frame(self, name: str, rng: random.Random, voice: Voice, **words: str) -> str:
        """A sentence of ``frames`` with its words filled in; a name with a capital begins with one."""
        frame = rng.choice(self._frames[name])
        slots = {"they": voice.again, "whose": voice.whose, **words}
        return frame.format(**slots, **{key.capitalize(): capital(word) for key, word in slots.items()})

    def clause(self, item: Item, voice: Voice, rng: random.Random) -> str:
        """ "her left knee is bent", "she isn't kneeling", "her feet are about 30 cm apart".

        Raises:
            ValueError: on an item without words.
        """
        if isinstance(item, Amount):
            saying = self._writer.amounts.saying(item)
            if saying is None:
                raise ValueError(f"{item} has no words; amounts.yaml lists the measures that do")
            states = [t for group in saying.templates for t in group if t.kind == "state"]
            phrase = replace(
                Phrase.of(rng.choice(states), (item,)), number=self.number(item, rng), negated=item.negated
            )
        elif isinstance(item, Statement):
            phrase = self._phrase(item, rng)
        else:
            raise ValueError(f"{item} cannot be said of one pose; expected statements and amounts")
        return self._grammar.clause(phrase, voice, voice.first, rng)

    def question(self, item: Statement, voice: Voice, rng: random.Random) -> str:
        """ "is her left knee bent"."""
        phrase = self._phrase(item, rng)
        return self._grammar.question(phrase, voice, voice.first, rng)

    def clauses(self, items: Sequence[Item], voice: Voice, rng: random.Random) -> str:
        """Several clauses in a row."""
        return series([self.clause(item, voice, rng) for item in items])

    def _phrase(self, item: Statement, rng: random.Random) -> Phrase:
        kinds = self._writer.templates(self._registry.position(item.predicate))
        offered = [kind for kind in _SAID if kind in kinds]
        if len(offered) > 1 and rng.random() >= _ACTS:
            offered = [kind for kind in offered if kind != "act"]
        if not offered:
            raise ValueError(f"predicate {item.predicate} has no wording; add one")
        template = rng.choice(rng.choice(kinds[rng.choice(offered)]))
        return replace(Phrase.of(template, (item,)), negated=item.negated)

    def says(self, item: Item) -> bool:
        """Whether there are words for an item."""
        if isinstance(item, Amount):
            return math.isfinite(item.lo + item.hi) and self._writer.amounts.saying(item) is not None
        return isinstance(item, Statement) and bool(
            self._writer.templates(self._registry.position(item.predicate)).keys() & set(_SAID)
        )

    def number(self, amount: Amount, rng: random.Random) -> str:
        """ "30 cm", "45 degrees"."""
        return self._writer.amounts.spelled(amount, "plain", rng)

    def amount(self, measure: str, value: float, rng: random.Random) -> Amount | None:
        """A measure in round numbers; None where it is not worth one."""
        return self._writer.amounts.of(measure, value, rng)

    def rounded(self, measure: str, value: float, step: float) -> Amount:
        """A measure in round numbers, whatever its size."""
        return self._writer.amounts.interval(measure, round(value / step) * step, step)

    def in_degrees(self, measure: str) -> bool:
        """Whether a measure is an angle rather than a length."""
        return self._registry.measures[self._registry.measure_index[measure]].unit == "deg"

    def name(self, predicate: str, rng: random.Random) -> str:
        """A named pose in quotes: '"tree pose"'."""
        kinds = self._writer.templates(self._registry.position(predicate))
        kind = next(kind for kind in ("tag", "be", "act") if kind in kinds)
        phrase = Phrase.of(rng.choice(rng.choice(kinds[kind])))
        if kind == "act":
            return f'"{self._grammar.bare(phrase, self._neutral, rng)}"'
        return f'"{self._grammar.rest(phrase, self._neutral, rng)}"'

    def needs(self, lacks: Sequence[Lack], voice: Voice, rng: random.Random, most: int) -> tuple[str, list[Lack]]:
        """What would have to be done about the clearest of some lacks, after "to", and about which that is."""
        said: dict[str, Lack] = {}
        for lack in lacks:
            said.setdefault(self._need(lack, voice, rng), lack)
        chosen = list(said)[:most]
        return series(chosen) if chosen else "", [said[words] for words in chosen]

    def _need(self, lack: Lack, voice: Voice, rng: random.Random) -> str:
        if isinstance(lack.wanted, str):
            templates = self._needs.get((lack.wanted, lack.more))
            if templates is None:
                region = self._registry.measures[self._registry.measure_index[lack.wanted]].region
                templates = self._else[region]
            return self._grammar.bare(Phrase.of(rng.choice(templates)), voice, rng)
        which = self._registry.position(lack.wanted.predicate)
        kinds = self._writer.templates(which)
        kind = next((kind for kind in ("act", "be", "state") if kind in kinds), None)
        if kind is None:  # said of what is so, but nothing one does: "the weight is past the feet"
            return self._grammar.bare(Phrase.of(rng.choice(self._else[self._registry.table[which].region])), voice, rng)
        phrase = Phrase.of(rng.choice(rng.choice(kinds[kind])))
        bare = self._grammar.order(phrase, voice, rng)
        return f"not {bare}" if lack.wanted.negated else bare


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
