"""Situations: "a man is proposing marriage, what pose might he be in?", with poses that the entry of the lexicon fits.

What the person does is said in the lexicon's words, or told as a scene without them (``talk/scenes.yaml``); how it is
asked is in ``talk/situations.yaml``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.data.filling import filled
from unipose.data.named import NamedPoses
from unipose.data.records import Record
from unipose.data.synthesis import Synthesis, as_typed
from unipose.data.wording import draw_template, read_talk, sentence, unfold
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.writing.grammar import Phrase, Voice
from unipose.language.writing.writer import Writer

_SCENES = 0.6  # share of scenes where an entry has some


@dataclass(frozen=True)
class Person:
    """Who a situation is about, as ``talk/situations.yaml`` lists people."""

    who: str
    he: str
    him: str
    his: str


class Wordings:
    """The ways of asking for the pose of an entry.

    Args:
        writer: knows the lexicon's words.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._frames = read_talk("situations")
        self._scenes: Mapping[str, list[str]] = read_talk("scenes")
        self._people = [Person(*one) for one in self._frames["people"]]

    def ask(self, name: str, rng: random.Random) -> str:
        """A request for the entry of that name (a predicate of the registry)."""
        person = rng.choice(self._people)
        told = {"who": [person.who], "he": [person.he], "him": [person.him], "his": [person.his]}
        if name in self._scenes and rng.random() < _SCENES:
            scene = unfold(rng.choice(self._scenes[name]), rng, told)
            return sentence(unfold(rng.choice(self._frames["staged"]), rng, told | {"scene": [scene]}))
        kinds = self._writer.templates(self._writer.registry.index[name])
        kind = rng.choice([kind for kind in ("act", "be", "tag") if kinds.get(kind)])
        phrase = Phrase.of(rng.choice(rng.choice(kinds[kind])))
        grammar, voice = self._writer.grammar, Voice(person.who, person.he, person.his)
        if kind == "tag":
            frame, told["tag"] = "titled", [grammar.rest(phrase, Voice("", "", ""), rng)]
        elif kind == "act" and rng.random() < 0.3:
            frame, told["do"] = "to_do", [grammar.bare(phrase, Voice("you", "you", "your"), rng)]
        else:
            doing = grammar.predicate(phrase, voice, "someone", rng, progressive=True)
            frame, told["is_doing"] = "doing", [doing]
        return sentence(unfold(rng.choice(self._frames[frame]), rng, told))


class Situations:
    """Makes records of the task ``generate`` that ask for a named situation, in many words.

    Args:
        pools: entry id to rotations [N, 22, 3, 3] that satisfy it (:func:`unipose.data.named.read_named`).
        synthesis: quantises, and gives the words.

    Raises:
        ValueError: when ``pools`` has no pose of any entry that is a situation or an action.
    """

    def __init__(self, pools: Mapping[str, Tensor], synthesis: Synthesis) -> None:
        fields = set(read_talk("situations")["fields"])
        fitting = {entry.id for entry in load_lexicon() if entry.field in fields}
        self._poses = NamedPoses({name: own for name, own in pools.items() if name in fitting}, synthesis.registry)
        if not len(self._poses):
            raise ValueError(
                f"none of the {len(pools)} entries given is one of the lexicon's {len(fitting)} situations"
            )
        self._synthesis = synthesis
        self._wordings = Wordings(synthesis.writer)

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records, each of whose poses bears the name it is asked for by once it is quantised.

        Raises:
            ValueError: when no quantised pose bears its name.
        """
        rng = random.Random(seed)
        why_none = "no pose bears its name once it is quantised; is the pose tokenizer trained?"
        return filled(size, lambda missing: self._made(missing, rng), why_none)

    def _made(self, size: int, rng: random.Random) -> list[Record]:
        names = [self._poses.draw_name(rng) for _ in range(size)]
        codes, values = self._synthesis.quantise(torch.stack([self._poses.draw_pose(name, rng) for name in names]))
        registry = self._synthesis.registry
        margins = registry.margins(values)
        records = []
        for row, (name, pose) in enumerate(zip(names, codes.tolist(), strict=True)):
            if margins[row, registry.index[name]] >= 0:
                text = as_typed(self._wordings.ask(name, rng), rng)
                records.append(Record("generate", text, (tuple(pose),), (name,), draw_template("generate", rng)))
        return records
