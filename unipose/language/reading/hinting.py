"""What :class:`unipose.language.reading.meaning.Meaning` is taught, and how.

A named pose is known by its wordings in the lexicon, by scenes in which everybody knows how the body is held
(``hints/``, a file a field of life, by the id of the entry), and by how people ask for either.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

import yaml

from unipose.language.measuring.lexicon import Entry, load_lexicon
from unipose.language.reading.layer import learn
from unipose.language.reading.meaning import NOTHING, Meaning
from unipose.language.reading.sentences import SentenceEncoder
from unipose.language.writing.grammar import Phrase, Voice
from unipose.language.writing.writer import Writer

Examples = list[tuple[str, str]]
"""Texts, each with the name (``Entry.wording_id``) that it hints at."""

_VOICES = (Voice("someone", "they", "their"), Voice("a man", "he", "his"), Voice("a woman", "she", "her"))
_EACH = 12  # wordings drawn of an entry


@functools.cache
def load_hints() -> Mapping[str, tuple[str, ...]]:
    """Hints by the id of the entry (``Entry.id``), and under the empty id texts that hint at no named pose.

    Raises:
        ValueError: a hint stands under an id that is no entry of the lexicon.
    """
    known = {entry.id for entry in load_lexicon()} | {NOTHING}
    found: dict[str, tuple[str, ...]] = {}
    folder = resources.files("unipose.language").joinpath("hints")
    for each in sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name):
        for entry, texts in yaml.safe_load(each.read_text("utf-8")).items():
            if entry not in known:
                raise ValueError(f"hints/{each.name} hints at {entry!r}, which is no entry of the lexicon")
            found[entry] = (*found.get(entry, ()), *texts)
    return found


def hinted(hints: Mapping[str, Sequence[str]]) -> Examples:
    """Hints as examples."""
    names = {entry.id: entry.wording_id for entry in load_lexicon()} | {NOTHING: NOTHING}
    return [(text, names[entry]) for entry, texts in hints.items() for text in texts]


def worded(writer: Writer, seed: int = 0) -> Examples:
    """The lexicon's own wordings as examples, as clauses and as bare phrases."""
    rng = random.Random(seed)
    return [(text, entry.wording_id) for entry in load_lexicon() for text in sorted(_said(entry, writer, rng))]


def _said(entry: Entry, writer: Writer, rng: random.Random) -> Iterable[str]:
    predicates = [predicate["id"].replace("{side}", "left") for predicate in entry.predicates()]
    found = {entry.wording_id.replace("_", " ")}
    for predicate in predicates:
        kinds = writer.templates(writer.registry.index[predicate])
        phrases = [(kind, Phrase.of(template)) for kind, slot in kinds.items() for each in slot for template in each]
        for kind, phrase in rng.sample(phrases, min(_EACH, len(phrases))):
            grammar, voice = writer.grammar, rng.choice(_VOICES)
            if kind == "tag":
                found.add(grammar.rest(phrase, Voice("", "", ""), rng))
            elif kind == "act" and rng.random() < 0.5:
                found.add(grammar.bare(phrase, Voice("you", "you", "your"), rng))
            elif kind in ("act", "be"):
                clause = grammar.predicate(phrase, voice, "someone", rng, progressive=True)
                found.add(clause if rng.random() < 0.5 else f"{voice.first} {clause}")
    return found


def teach(examples: Sequence[tuple[str, str]], encoder: SentenceEncoder) -> Meaning:
    """Learn which texts hint at which names.

    Raises:
        ValueError: without an example of ``NOTHING``, so that everything would hint at something.
    """
    texts, names = [text for text, _ in examples], [name for _, name in examples]
    if NOTHING not in names:
        raise ValueError("expected some texts that hint at nothing; without them every text would hint at a name")
    return Meaning(learn(encoder(texts), names, steps=400, decay=3e-4, smoothing=0.1), encoder)
