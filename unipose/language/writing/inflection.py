"""Verb forms and agreement, from the tables of ``wordings.yaml``; what is regular needs no entry there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DOUBLES = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # one short syllable: "dip" to "dipping"


@dataclass(frozen=True)
class Manner:
    """How a whole caption is spoken: in the past ("was kneeling"), with contractions ("isn't", "she's")."""

    past: bool = False
    short: bool = False


PLAIN = Manner()


class Inflection:
    """English verb forms.

    A subject is given by its words; ``PART`` and ``PARTS`` stand for any body part and any body parts.

    Args:
        data: the parsed ``wordings.yaml``.
    """

    PART, PARTS = "others", "plural"

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._third: Mapping[str, str] = data["third_person"]
        self._gerund: Mapping[str, str] = data["gerund"]
        self._past: Mapping[str, str] = data["past"]
        self._be: Mapping[bool, Mapping[str, str]] = {False: data["be"], True: data["was"]}
        self._plain = frozenset(data["plain_verb"])
        self._not: Mapping[str, str] = data["contractions"]["negated"]
        self._joined: Mapping[str, str] = data["contractions"]["joined"]
        self._objects: Mapping[str, str] = data["objects"]

    def third(self, verb: str) -> str:
        """ "raise" to "raises"."""
        if verb in self._third:
            return self._third[verb]
        if verb.endswith(("s", "sh", "ch", "x", "o")):
            return verb + "es"
        return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "s"

    def gerund(self, verb: str) -> str:
        """ "raise" to "raising"."""
        if verb in self._gerund:
            return self._gerund[verb]
        if _DOUBLES.fullmatch(verb):
            return f"{verb}{verb[-1]}ing"
        return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"

    def past(self, verb: str) -> str | None:
        """ "kneel" to "knelt"; None for the many verbs whose past could be read as a participle ("raised")."""
        return self._past.get(verb)

    def agree(self, verb: str, subject: str) -> str:
        """The present tense of a verb for a subject."""
        return verb if subject in self._plain else self.third(verb)

    def be(self, subject: str, manner: Manner = PLAIN, negated: bool = False) -> str:
        """ "is", "are", "am", "was" or "were", with its "not"."""
        forms = self._be[manner.past]
        form = forms.get(subject, forms[self.PART])
        return self.deny(form, manner) if negated else form

    def do_not(self, subject: str, manner: Manner = PLAIN) -> str:
        """ "does not", "don't", "did not"."""
        return self.deny("did" if manner.past else self.agree("do", subject), manner)

    def deny(self, auxiliary: str, manner: Manner) -> str:
        """ "is" to "is not" or "isn't"; an auxiliary without a short form takes "not"."""
        return self._not.get(auxiliary, f"{auxiliary} not") if manner.short else f"{auxiliary} not"

    def join(self, subject: str, predicate: str, manner: Manner) -> str:
        """Subject and predicate: "he is kneeling" or, in short, "he's kneeling"."""
        verb, _, rest = predicate.partition(" ")
        short = self._joined.get(f"{subject} {verb}") if manner.short else None
        return f"{short} {rest}" if short and rest else f"{subject} {predicate}"

    def objective(self, subject: str) -> str:
        """ "he" to "him"; what is no pronoun stays."""
        return self._objects.get(subject, subject)
