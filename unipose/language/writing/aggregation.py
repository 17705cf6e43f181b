"""Items to phrases: which wording says an item, and which neighbours are said in one breath.

Neighbours are joined where their wordings share the body part ("his left arm is raised and bent") or the complement
("both knees and the left elbow are bent"), and where the same number holds on both sides.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unipose.language.items import Amount, Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.writing.amounts import Amounts
from unipose.language.writing.grammar import Phrase
from unipose.language.writing.patterns import WHOSE, Both, Template, Tokens
from unipose.language.writing.styles import Register, Styles, seen_from

_LIMBS = ("arm", "arms", "leg", "legs")
_FIXED = ("tag", "tell")  # kinds that cannot be denied or softened
_MOST = 3  # phrases longer than this many items are lists, not sentences


@dataclass(frozen=True)
class Wordings:
    """What a predicate has to offer: templates by kind, and its states by body part and by complement."""

    kinds: dict[str, list[list[Template]]]
    by_part: dict[Tokens, list[Template]]
    by_complement: dict[Tokens, list[Template]]

    @staticmethod
    def of(groups: Sequence[list[Template]]) -> Wordings:
        """Sort compiled patterns."""
        kinds: dict[str, list[list[Template]]] = {}
        by_part: dict[Tokens, list[Template]] = defaultdict(list)
        by_complement: dict[Tokens, list[Template]] = defaultdict(list)
        for group in groups:
            kinds.setdefault(group[0].kind, []).append(group)
        for template in (each for group in kinds.get("state", ()) for each in group):
            by_part[template.head].append(template)
            if not any(token == WHOSE or isinstance(token, Both) for token in template.rest):
                by_complement[template.rest].append(template)
        return Wordings(kinds, dict(by_part), dict(by_complement))


class Aggregator:
    """Puts items into phrases.

    Args:
        wordings: per predicate, in the registry's order.
        amounts: how numbers are said.
        styles: hedges.
    """

    def __init__(self, wordings: Sequence[Wordings], amounts: Amounts, styles: Styles, registry: Registry) -> None:
        self._wordings = wordings
        self._amounts = amounts
        self._styles = styles
        self._registry = registry

    def phrases(
        self,
        items: Sequence[Item],
        kinds: Sequence[str],
        viewpoint: str,
        register: Register,
        rng: random.Random,
        joining: float,
    ) -> list[Phrase]:
        """The phrases that say ``items``, in their order.

        Args:
            items: statements and amounts.
            kinds: kinds of wording the mood can use, repeated by weight.
            viewpoint: see ``styles.seen_from``; the phrases keep the items as they are.
            register: in whose words.
            rng: source of all randomness.
            joining: how often neighbours that can share words do.

        Raises:
            ValueError: when an item has no wording of these kinds.
        """
        seen = [seen_from(viewpoint, item, self._registry) for item in items]
        found: list[Phrase] = []
        at = 0
        while at < len(items):
            joined = self._joined(seen[at:], rng) if "state" in kinds and rng.random() < joining else None
            phrase = joined or self._single(seen[at], kinds, rng)
            size = len(phrase.items)
            found.append(replace(self._reworded(phrase, register, rng), items=tuple(items[at : at + size])))
            at += size
        return found

    # ------------------------------------------------------------------ one item

    def _single(self, item: Item, kinds: Sequence[str], rng: random.Random) -> Phrase:
        if isinstance(item, Statement):
            offered = self._wordings[self._registry.position(item.predicate)].kinds
            fixed = _FIXED if item.negated or item.hedged else ()
            known = [kind for kind in kinds if kind in offered and kind not in fixed]
            if not known:
                raise ValueError(f"predicate {item.predicate} has no wording of the kinds {set(kinds)}; add one")
            # what is denied reads best as a state: "his hand isn't near his hip", not "without hovering his hand"
            kind = "state" if item.negated and "state" in known else rng.choice(known)
            phrase = Phrase.of(rng.choice(usual(offered[kind], rng)), (item,))
            phrase = replace(phrase, negated=item.negated)
            return self._hedged(phrase, "tell" not in kinds, rng) if item.hedged else phrase
        if isinstance(item, Amount):
            return self._counted((item,), rng)
        raise ValueError(f"{item} cannot be said of one pose; expected statements and amounts")

    def _hedged(self, phrase: Phrase, before_verbs: bool, rng: random.Random) -> Phrase:
        """ "roughly level", but "a bit bent, more or less": two degrees in a row are one too many."""
        hedges, act = self._styles.hedges, phrase.kind == "act"
        before = phrase.heads[0] if act else phrase.rests[0]
        graded = any(token in hedges["degrees"] for token in (*before[:1], *phrase.rests[0]))
        if graded or phrase.negated or (act and not before_verbs):
            return replace(phrase, last=rng.choice(hedges["last"]))
        return replace(phrase, hedge=rng.choice(hedges["state" if phrase.kind == "state" else "act"]))

    def _counted(self, amounts: tuple[Amount, ...], rng: random.Random) -> Phrase:
        saying = self._amounts.saying(*amounts)
        if saying is None:
            raise ValueError(f"{amounts[0]} has no words; amounts.yaml lists the measures that do, and their ranges")
        template = rng.choice(rng.choice(saying.templates))
        return replace(Phrase.of(template, amounts), negated=amounts[0].negated)

    # ------------------------------------------------------------------ neighbours

    def _joined(self, items: Sequence[Item], rng: random.Random) -> Phrase | None:
        first, *others = items[:_MOST]
        if not others:
            return None
        if isinstance(first, Amount) and isinstance(others[0], Amount):
            saying = self._amounts.saying(first, others[0])
            return self._counted((first, others[0]), rng) if saying else None
        plain = [first, *others]
        for size in range(len(plain), 1, -1):
            run = plain[:size]
            statements = [i for i in run if isinstance(i, Statement) and not (i.negated or i.hedged)]
            if len(statements) == size:
                ways = [self._same_part, self._same_complement]
                rng.shuffle(ways)
                phrase = next(filter(None, (way(statements, rng) for way in ways)), None)
                if phrase is not None:
                    return phrase
        return None

    def _same_part(self, run: Sequence[Statement], rng: random.Random) -> Phrase | None:
        tables = [table.by_part for table in self._tables(run)]
        parts = _shared(tables)
        if not parts:
            return None
        part = rng.choice(parts)
        chosen = [rng.choice(table[part]) for table in tables]
        rests = tuple(dict.fromkeys(template.rest for template in chosen))
        if len(rests) < len(chosen):
            return None
        return Phrase("state", (part,), rests, chosen[0].plural, tuple(run))

    def _same_complement(self, run: Sequence[Statement], rng: random.Random) -> Phrase | None:
        if len({self._registry[statement.predicate].region.endswith(_LIMBS) for statement in run}) > 1:
            return None  # "his elbow and his gaze are raised" is a pun
        tables = [table.by_complement for table in self._tables(run)]
        complements = _shared(tables)
        if not complements:
            return None
        complement = rng.choice(complements)
        heads = tuple(dict.fromkeys(rng.choice(table[complement]).head for table in tables))
        return Phrase("state", heads, (complement,), True, tuple(run)) if len(heads) == len(run) else None

    def _tables(self, run: Sequence[Statement]) -> list[Wordings]:
        return [self._wordings[self._registry.position(statement.predicate)] for statement in run]

    def _reworded(self, phrase: Phrase, register: Register, rng: random.Random) -> Phrase:
        number = ""
        if isinstance(phrase.items[0], Amount):
            number = self._amounts.spelled(phrase.items[0], register.numbers, rng)
        if not register.words or phrase.kind == "tag":  # tags are names
            return replace(phrase, number=number) if number else phrase
        swapped = register.reword((*phrase.heads, *phrase.rests))
        count = len(phrase.heads)
        return replace(phrase, heads=swapped[:count], rests=swapped[count:], number=number)


def usual(groups: Sequence[list[Template]], rng: random.Random) -> list[Template]:
    """One of the patterns: data files begin with the plainest, which is said most often; the n-th 1/n as often."""
    return rng.choices(groups, [1.0 / (1 + place) for place in range(len(groups))])[0]


def _shared(tables: Sequence[Mapping[Tokens, list[Template]]]) -> list[Tokens]:
    first, *others = tables
    return [key for key in first if all(key in other for other in others)]
