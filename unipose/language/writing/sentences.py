"""Phrases to sentences: how clauses follow each other, lean on each other and refer back.

The main clause comes first or, for a change, after what leans on it ("with her arms raised, she ..."). What follows
leans on it without a verb of its own, goes on with the same person ("... and looks up"), or is a clause of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unipose.language.captions import Page
from unipose.language.writing.grammar import Grammar, Phrase, Voice
from unipose.language.writing.inflection import Manner
from unipose.language.writing.patterns import WHOSE, Both, Tokens
from unipose.language.writing.styles import Mood, Register, Styles

Connectors = Mapping[str, Sequence[str]]
_TOLD = ("declarative", "imperative")  # moods that stand for themselves, without "could you" or "I'd like"
_CLAUSES = 2  # finite clauses a sentence takes
_ONCE = ("while", "with")  # words that join, once a sentence
_LEANING = 2  # more than this many clauses without a verb in a row lose the listener, and more than one in a long text
_LONG = 4  # phrases of a long sentence


@dataclass
class _Talk:
    """What a caption has come to: who speaks of whom how, and what the last clause left to refer to."""

    voice: Voice
    manner: Manner
    mood: str
    rng: random.Random
    page: Page
    subject: str  # of the next clause
    agreeing: str = ""  # that of the last one, which a verb after "and" agrees with
    focus: Tokens | None = None  # the one part that "it" or "they" would be understood as
    personal: bool = False  # whether the last finite clause is about the person, so that a bare verb may follow
    denied: bool = False  # whether it is negated: then what leans on it would seem to be denied, too
    continuous: bool = False  # whether it has "is" with a verb, so that "and looking up" may follow
    clauses: int = 0  # finite ones in this sentence
    used: set[str] = field(default_factory=set)  # which words of ``_ONCE`` it has
    going_on: bool = False  # whether it had its "and" with another verb
    parenthesis: bool = False  # whether the last phrase ended with one: "a bit bent, more or less"
    leans: int = _LEANING  # how many clauses without a verb may follow a finite one
    leaning: int = 0  # how many clauses without a verb have been attached since


class Sentences:
    """Writes sentences.

    Args:
        grammar: says phrases.
        connectors: how clauses are joined, from ``wordings.yaml``.
        styles: openings, links, moods.
        rivals: words that show that "it" could be something else, in complements and in voices (``wordings.yaml``).
    """

    def __init__(
        self, grammar: Grammar, connectors: Connectors, styles: Styles, rivals: Mapping[str, Sequence[str]]
    ) -> None:
        self._grammar = grammar
        self._connectors = connectors
        self._styles = styles
        self._articles = frozenset(rivals["complements"])
        self._things = frozenset(rivals["voices"])

    def write(
        self,
        sentences: Sequence[Sequence[Phrase]],
        mood: str,
        register: Register,
        cue: str,
        rng: random.Random,
        page: Page,
    ) -> None:
        """Write whole sentences to ``page``, all but the very last mark.

        Args:
            sentences: the phrases of each.
            mood: a mood of ``styles.yaml`` other than "phrase" (see :meth:`listed`).
            register: its openings, links and closings are used as often as it says.
            cue: what tells the viewpoint, or nothing.
            rng: source of all randomness.
            page: where to.
        """
        voice = self._styles.voice(mood, register, self._grammar, rng)
        indefinite = mood in ("declarative", "imperative", "request")
        subject = voice.first if indefinite else voice.again
        manner = register.manner(rng)
        if mood != "declarative":  # nobody orders or asks about what is over
            manner = replace(manner, past=False)
        talk = _Talk(voice, manner, mood, rng, page, subject)
        links = rng.sample(register.links, len(register.links))
        ending = self._styles.moods[mood].ending
        for position, phrases in enumerate(sentences):
            if position:
                page.write(ending + " ")
            if position == 0 and cue:
                page.write(cue)
            elif mood in _TOLD:
                page.write(_framing(position, register, links, rng))
            self._sentence(phrases, talk)

    def listed(self, phrases: Sequence[Phrase], connected: bool, rng: random.Random, page: Page) -> None:
        """Write phrases without verbs or possessives: "kneeling, left arm raised and head down".

        Where they are not ``connected`` there is but a comma between them.
        """
        nobody = Voice("", "", "")
        for position, phrase in enumerate(phrases):
            if position:
                kind = "phrase" if phrase.kind == "state" else "doing"
                page.write(rng.choice(self._connectors[kind]) if connected else ", ")
            page.write(self._grammar.attached(phrase, nobody, rng, without="not"), phrase.items)

    # ------------------------------------------------------------------ one sentence

    def _sentence(self, phrases: Sequence[Phrase], talk: _Talk) -> None:
        rest = list(phrases)
        talk.leans = _LEANING if len(rest) <= _LONG else 1
        talk.leaning, talk.personal, talk.clauses, talk.used = 0, False, 0, set()
        if talk.mood == "declarative" and len(rest) > 1 and talk.rng.random() < 0.2 and _can_front(*rest[:2]):
            front = rest.pop(0)
            talk.page.write("with " if front.kind == "state" else "")
            talk.page.write(self._grammar.attached(front, talk.voice, talk.rng), front.items)
            talk.page.write(", ")
            talk.focus = None
        self._lead(rest.pop(0), talk, self._mood(talk).leads)
        before = phrases[-len(rest) - 1]
        for phrase in rest:
            talk.parenthesis = bool(before.last)
            self._follow(phrase, talk)
            before = phrase

    def _lead(self, phrase: Phrase, talk: _Talk, leads: Sequence[str]) -> None:
        say: Mapping[str, Callable[[Phrase, _Talk], str]] = {
            "declarative": self._declare,
            "imperative": self._command,
            "question": self._ask,
            "request": self._request,
            "correction": self._correct,
            "wish": self._wish,
        }
        talk.page.write(talk.rng.choice(leads))
        text = say[talk.mood](phrase, talk)
        talk.page.write(text, phrase.items)
        talk.used.update(word for word in _ONCE if f" {word} " in text)
        talk.personal = phrase.kind != "state" or talk.mood in ("imperative", "request")
        talk.denied, talk.going_on = phrase.negated, False
        talk.clauses += 1
        talk.agreeing, talk.subject = talk.subject, talk.voice.again

    def _follow(self, phrase: Phrase, talk: _Talk) -> None:
        rng, page = talk.rng, talk.page
        free = talk.leaning < talk.leans and not talk.denied
        if phrase.kind == "state" and free and rng.random() < 0.6:
            first = "state" if talk.mood in _TOLD else "with"
            page.write(self._connector("more" if talk.leaning else first, talk))
            self._lean(phrase, talk)
        elif free and not talk.leaning and _goes_on(phrase, talk) and rng.random() < 0.7:
            talk.going_on = True
            page.write(self._connector("same", talk))
            page.write(self._go_on(phrase, talk), phrase.items)
            talk.focus = None
        elif talk.personal and free and phrase.kind == "act" and talk.mood == "declarative":
            page.write(", " if phrase.negated else self._connector("act", talk))
            self._lean(phrase, talk)
        else:
            apart = talk.denied and talk.mood in _TOLD  # "don't sit and bend your knees" denies both
            mood, talk.leaning = self._mood(talk), 0
            if talk.clauses == _CLAUSES:
                page.write(mood.ending + " ")
                talk.clauses, talk.used = 0, set()
                self._lead(phrase, talk, mood.leads)
            else:
                page.write(self._connector("apart" if apart else mood.join, talk))
                self._lead(phrase, talk, mood.again)

    def _connector(self, kind: str, talk: _Talk) -> str:
        """A way to join clauses, without the words that the sentence has used up, where there is a choice."""
        ways = self._connectors[kind]
        fresh = [way for way in ways if not any(word in way for word in talk.used)]
        found = talk.rng.choice(fresh or ways)
        if talk.parenthesis and found.startswith(" "):
            found = f",{found}"
        talk.used.update(word for word in _ONCE if word in found)
        return found

    def _lean(self, phrase: Phrase, talk: _Talk) -> None:
        talk.page.write(self._grammar.attached(phrase, talk.voice, talk.rng), phrase.items)
        talk.leaning += 1
        talk.denied = phrase.negated
        talk.focus = None

    def _go_on(self, phrase: Phrase, talk: _Talk) -> str:
        """More of the same person after "and", in the form of the mood."""
        grammar, voice, rng = self._grammar, talk.voice, talk.rng
        if talk.mood == "declarative":
            if phrase.kind == "act" and talk.continuous and not phrase.negated:
                return grammar.attached(phrase, voice, rng)  # "is kneeling and looking up"
            talk.continuous, talk.denied = False, phrase.negated
            return grammar.predicate(phrase, voice, talk.agreeing, rng, manner=talk.manner, progressive=False)
        talk.denied = phrase.negated
        if talk.mood == "imperative":
            return grammar.command(phrase, voice, rng, talk.manner)
        if talk.mood == "question" and talk.continuous:
            return grammar.attached(phrase, voice, rng, without="not")
        bare = grammar.order(phrase, voice, rng) if talk.mood == "request" else grammar.bare(phrase, voice, rng)
        return f"not {bare}" if phrase.negated else bare

    # ------------------------------------------------------------------ main clauses by mood

    def _declare(self, phrase: Phrase, talk: _Talk) -> str:
        grammar, voice, rng = self._grammar, talk.voice, talk.rng
        pronoun = self._pronoun(phrase, talk)
        talk.focus = self._left_in_focus(phrase)
        if pronoun:
            return grammar.of_part(pronoun, phrase, voice, rng, manner=talk.manner)
        if phrase.kind == "state":
            return grammar.clause(phrase, voice, talk.subject, rng, manner=talk.manner)
        continuous = rng.random() < 0.5
        said = grammar.predicate(phrase, voice, talk.subject, rng, manner=talk.manner, progressive=continuous)
        talk.continuous = said.startswith(grammar.be(talk.subject, talk.manner) + " ")
        return grammar.join(talk.subject, said, talk.manner)

    def _command(self, phrase: Phrase, talk: _Talk) -> str:
        return self._grammar.command(phrase, talk.voice, talk.rng, talk.manner)

    def _ask(self, phrase: Phrase, talk: _Talk) -> str:
        asked = self._grammar.question(phrase, talk.voice, talk.subject, talk.rng)
        talk.continuous = asked.startswith(self._grammar.be(talk.subject) + " ")
        return asked

    def _request(self, phrase: Phrase, talk: _Talk) -> str:
        order = self._grammar.order(phrase, talk.voice, talk.rng)
        return f"not {order}" if phrase.negated else order

    def _correct(self, phrase: Phrase, talk: _Talk) -> str:
        should = self._grammar.deny("should", talk.manner) if phrase.negated else "should"
        bare = self._grammar.bare(phrase, talk.voice, talk.rng)
        subject = self._grammar.part(phrase, talk.voice, talk.rng) if phrase.kind == "state" else talk.subject
        return f"{subject} {should} {bare}"

    def _wish(self, phrase: Phrase, talk: _Talk) -> str:
        whom = self._grammar.objective(talk.subject)
        if phrase.kind == "state":
            whom = self._grammar.part(phrase, talk.voice, talk.rng)
        bare = self._grammar.bare(phrase, talk.voice, talk.rng)
        return f"{whom} not to {bare}" if phrase.negated else f"{whom} to {bare}"

    def _mood(self, talk: _Talk) -> Mood:
        return self._styles.moods[talk.mood]

    # ------------------------------------------------------------------ reference

    def _pronoun(self, phrase: Phrase, talk: _Talk) -> str:
        """ "it" or "they" for the part just spoken of, if nothing and nobody else could be meant."""
        if phrase.kind != "state" or phrase.negated or len(phrase.heads) != 1 or phrase.heads[0] != talk.focus:
            return ""
        if talk.voice.again in self._things or talk.voice.whose in self._things:
            return ""
        return "they" if phrase.plural else "it"

    def _left_in_focus(self, phrase: Phrase) -> Tokens | None:
        if phrase.kind != "state" or len(phrase.heads) != 1:
            return None
        others = any(
            token == WHOSE or isinstance(token, Both) or token in self._articles
            for rest in phrase.rests
            for token in rest
        )
        return None if others else phrase.heads[0]


def _framing(position: int, register: Register, links: list[str], rng: random.Random) -> str:
    """An opening or a link, or nothing, as often as the register has them; no link comes twice."""
    if position == 0:
        return rng.choice(register.openings) if rng.random() < register.opening else ""
    return links.pop() if links and rng.random() < register.link else ""


def _goes_on(phrase: Phrase, talk: _Talk) -> bool:
    """Whether "and" and a verb may follow; "does she kneel" is not followed by "and on all fours"."""
    asked = talk.mood == "question" and not talk.continuous
    return talk.personal and not talk.going_on and phrase.kind != "state" and not (asked and phrase.kind == "be")


def _can_front(front: Phrase, main: Phrase) -> bool:
    """ "With his arms raised, he kneels"; what begins with a bare verb needs its person right after it."""
    if front.negated or front.hedge or main.kind not in ("act", "be"):
        return False
    return front.kind in ("state", "act")
