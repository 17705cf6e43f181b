"""Phrases to clauses: noun phrases and verb phrases that agree in person, number, tense, polarity and mood.

A phrase is a wording, or several that share their subject or their complement, with its polarity, hedge and number.
Each method says it in one form; which form is wanted where is decided by ``sentences.py``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.language.items import Item
from unipose.language.writing.inflection import PLAIN, Inflection, Manner
from unipose.language.writing.patterns import WHOSE, Both, Patterns, Template, Token, Tokens

NUMBER = "{n}"  # stands for the number in a compiled template


@dataclass(frozen=True)
class Voice:
    """Who is spoken of, and in which words."""

    first: str
    again: str
    whose: str
    weight: float = 1.0


@dataclass(frozen=True)
class Phrase:
    """What one clause says. One of ``heads`` and ``rests`` may have several entries: "his knees and his left elbow are
    bent", "his left arm is raised and bent". ``hedge`` stands before what it
    softens, ``last`` after it ("a bit bent, more or less")."""

    kind: str
    heads: tuple[Tokens, ...]
    rests: tuple[Tokens, ...]
    plural: bool
    items: tuple[Item, ...] = ()
    negated: bool = False
    hedge: str = ""
    last: str = ""
    number: str = ""

    @staticmethod
    def of(template: Template, items: tuple[Item, ...] = ()) -> Phrase:
        """The phrase of one wording."""
        return Phrase(template.kind, (template.head,), (template.rest,), template.plural, items)


class Grammar(Inflection, Patterns):
    """All that turns patterns into English.

    Args:
        data: the parsed ``wordings.yaml``.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        Inflection.__init__(self, data)
        Patterns.__init__(self, data)
        self._own: str = data["own"]
        self._keep: Sequence[str] = data["keep"]
        self._both_forms = [text for text, _ in data["both"]]
        self._both_weights = [weight for _, weight in data["both"]]
        self.voices = {mood: [Voice(**entry) for entry in voices] for mood, voices in data["voices"].items()}
        self._weights = {mood: [voice.weight for voice in voices] for mood, voices in self.voices.items()}

    def voice(self, mood: str, rng: random.Random) -> Voice:
        """Draw who is spoken of."""
        return rng.choices(self.voices[mood], self._weights[mood])[0]

    # ------------------------------------------------------------------ noun phrases and complements

    def words(self, tokens: Sequence[Token], whose: str, rng: random.Random, both: str = "") -> str:
        """Tokens to text with the voice's possessive; ``both`` fixes the form of "both arms"."""
        out: list[str] = []
        for token in tokens:
            if isinstance(token, Both):
                form = both or self._both(whose, rng)
                out.append(form.format(plural=token.plural, whose=whose).strip())
            elif token == WHOSE:
                out.append(whose)
            else:
                out.append(token)
        return " ".join(word for word in out if word)

    def _both(self, whose: str, rng: random.Random) -> str:
        if not whose:
            return rng.choice((self._both_forms[0], "{plural}"))
        return rng.choices(self._both_forms, self._both_weights)[0]

    def part(self, phrase: Phrase, voice: Voice, rng: random.Random) -> str:
        """The subject of a state: "both knees and his left elbow"."""
        both = "{whose} {plural}" if phrase.negated else ""
        return series([self.words(head, voice.whose, rng, both) for head in phrase.heads])

    def rest(self, phrase: Phrase, voice: Voice, rng: random.Random) -> str:
        """What follows the verb or the part: "raised and bent", "her left arm"; with its hedge and number."""
        said = series([self.words(rest, voice.whose, rng, self._every(phrase)) for rest in phrase.rests])
        if phrase.last:
            said = f"{said}, {phrase.last}"
        return said.replace(NUMBER, phrase.number) if phrase.number else said

    def _every(self, phrase: Phrase) -> str:
        """ "isn't raising both arms": denied of both, which "isn't raising his arms" leaves open."""
        return self._both_forms[0] if phrase.negated else ""

    def _complement(self, phrase: Phrase, voice: Voice, rng: random.Random) -> str:
        """What follows "is" or "be": "(both) roughly level"; of a state "his arms are not" takes its "both" here."""
        return _spaced(_not_both(phrase), phrase.hedge, self.rest(phrase, voice, rng))

    def _verb(self, phrase: Phrase) -> tuple[str, str]:
        """The adverbs before the verb of an act, hedge first, and the verb."""
        *adverbs, verb = (str(word) for word in phrase.heads[0])
        return _spaced(phrase.hedge, *adverbs), verb

    # ------------------------------------------------------------------ clauses

    def clause(
        self,
        what: Template | Phrase,
        voice: Voice,
        subject: str,
        rng: random.Random,
        adverb: str = "",
        manner: Manner = PLAIN,
    ) -> str:
        """A full clause: "she raises her left arm", "his knees aren't bent", "he has his knees (now) bent"."""
        phrase = what if isinstance(what, Phrase) else Phrase.of(what)
        if phrase.kind != "state":
            return self.join(subject, self.predicate(phrase, voice, subject, rng, adverb, manner), manner)
        part = self.part(phrase, voice, rng)
        if not adverb and not phrase.negated and len(phrase.heads) == 1 and rng.random() < 0.15:
            own = self.past(self._own) if manner.past else self.agree(self._own, subject)
            return _spaced(subject, own or self._own, part, self._complement(phrase, voice, rng))
        return self.of_part(part, phrase, voice, rng, adverb, manner)

    def of_part(
        self,
        part: str,
        phrase: Phrase,
        voice: Voice,
        rng: random.Random,
        adverb: str = "",
        manner: Manner = PLAIN,
    ) -> str:
        """A state said of a part, which may be a pronoun: "it is (now) bent"."""
        number = self.PARTS if phrase.plural else self.PART
        be = self.be(number, manner, phrase.negated)
        return self.join(part, _spaced(be, adverb, self._complement(phrase, voice, rng)), manner)

    def predicate(
        self,
        what: Template | Phrase,
        voice: Voice,
        subject: str,
        rng: random.Random,
        adverb: str = "",
        manner: Manner = PLAIN,
        progressive: bool | None = None,
    ) -> str:
        """The clause of an act or a being without its subject: "raises her left arm", "isn't on all fours".

        ``progressive`` asks for "is raising"; it is drawn when left open. Verbs without a past of their own have no
        other ("was raising").
        """
        phrase = what if isinstance(what, Phrase) else Phrase.of(what)
        if phrase.kind == "be":
            be = self.be(subject, manner, phrase.negated)
            return _spaced(be, adverb, self._complement(phrase, voice, rng))
        adverbs, verb = self._verb(phrase)
        rest = self.rest(phrase, voice, rng)
        simple = self.past(verb) if manner.past else self.agree(verb, subject)
        if progressive is None:
            progressive = rng.random() < 0.5
        if simple is None or progressive:
            return _spaced(self.be(subject, manner, phrase.negated), adverb, adverbs, self.gerund(verb), rest)
        if phrase.negated:
            return _spaced(self.do_not(subject, manner), adverb, adverbs, verb, rest)
        return _spaced(adverb, adverbs, simple, rest)

    def bare(self, phrase: Phrase, voice: Voice, rng: random.Random) -> str:
        """After "should" or "to": "raise her left arm", "be on all fours", of a part "be raised"."""
        if phrase.kind == "act":
            adverbs, verb = self._verb(phrase)
            return _spaced(adverbs, verb, self.rest(phrase, voice, rng))
        return _spaced(_not_both(phrase), "be", phrase.hedge, self.rest(phrase, voice, rng))

    def command(self, what: Template | Phrase, voice: Voice, rng: random.Random, manner: Manner = PLAIN) -> str:
        """An imperative: "raise your left arm", "don't keep your left arm raised"."""
        phrase = what if isinstance(what, Phrase) else Phrase.of(what)
        no = self.do_not("you", manner) if phrase.negated else ""
        return _spaced(no, self.order(phrase, voice, rng))

    def order(self, phrase: Phrase, voice: Voice, rng: random.Random) -> str:
        """What a command or a request asks for, whatever its polarity: "raise your left arm"."""
        if phrase.kind == "state":
            part = self.part(phrase, voice, rng)
            return _spaced(rng.choice(self._keep), part, self._complement(phrase, voice, rng))
        if phrase.kind == "act":
            return self.bare(phrase, voice, rng)
        return self.rest(phrase, voice, rng)

    def question(self, phrase: Phrase, voice: Voice, subject: str, rng: random.Random) -> str:
        """ "is her left arm raised", "does he look up", "are you on all fours"."""
        no = "not" if phrase.negated else ""
        if phrase.kind == "state":
            number = self.PARTS if phrase.plural else self.PART
            return _spaced(self.be(number), self.part(phrase, voice, rng), no, self._complement(phrase, voice, rng))
        if phrase.kind == "be":
            return _spaced(self.be(subject), subject, no, self._complement(phrase, voice, rng))
        adverbs, verb = self._verb(phrase)
        rest = self.rest(phrase, voice, rng)
        if rng.random() < 0.7:
            return _spaced(self.be(subject), subject, no, adverbs, self.gerund(verb), rest)
        return _spaced(self.agree("do", subject), subject, no, adverbs, verb, rest)

    def attached(self, what: Template | Phrase, voice: Voice, rng: random.Random, without: str = "without") -> str:
        """Without a finite verb, to lean on another clause: "her left arm raised", "without raising her left arm"."""
        phrase = what if isinstance(what, Phrase) else Phrase.of(what)
        no = "not" if phrase.negated else ""
        if phrase.kind == "act":
            adverbs, verb = self._verb(phrase)
            return _spaced(without if no else "", adverbs, self.gerund(verb), self.rest(phrase, voice, rng))
        part = self.part(phrase, voice, rng) if phrase.kind == "state" else ""
        return _spaced(part, no, self._complement(phrase, voice, rng))


def series(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _spaced(*words: str) -> str:
    return " ".join(word for word in words if word).replace(" ,", ",")


def _not_both(phrase: Phrase) -> str:
    """The "both" of "his arms are not both raised", which "his arms are not raised" would deny of either."""
    both = phrase.negated and any(isinstance(token, Both) for head in phrase.heads for token in head)
    return "both" if both else ""
