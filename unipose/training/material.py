"""What the language stages read: folders of data, opened as named sources of examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unipose.data.dialogues import Dialogues
from unipose.data.named import read_named
from unipose.data.pictures import Pictures
from unipose.data.prompts import Prompts
from unipose.data.questions import Questions
from unipose.data.sights import Sights
from unipose.data.situations import Situations
from unipose.data.sources import load_poses
from unipose.data.synthesis import SINGLE, Synthesis
from unipose.data.talk import Talk
from unipose.language.measuring.registry import Registry
from unipose.language.writing.writer import Writer
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training.mixture import Source, Task

TEXT_TASKS = (*SINGLE, "edit", "compare")
"""Tasks whose examples are written about a bank of poses."""


@dataclass(frozen=True)
class Material:
    """Folders of data.

    Attributes:
        data: of a pose collection (:mod:`unipose.data.sources`).
        named: file of the lexicon's poses, made by ``tools/solve_lexicon.py``; without it nothing is asked for by name.
        pictures: of labelled pictures, for a model with image towers: :mod:`unipose.data.pictures`, and for one with a
            pose reader with keypoints (:mod:`unipose.data.drawn`).
    """

    data: Path
    named: Path | None = None
    pictures: Path | None = None


@dataclass(frozen=True)
class Shelf:
    """One split of the material, opened.

    Attributes:
        synthesis: writes about its poses.
        sources: by the names that mixtures call them.
    """

    synthesis: Synthesis
    sources: dict[str, Source]


def open_shelf(material: Material, split: str, tokenizer: PoseTokenizer, reads: bool = False) -> Shelf:
    """Open a split ("train" or "val") of the material; ``tokenizer`` gives the codes, on the CPU.

    People in photos ("sights") are for a model that ``reads`` poses from keypoints; it gets its pictures there, too.

    A new kind of example is one more entry of ``sources`` here, and its count a step in
    :data:`unipose.training.mixture.MIXTURES`.

    Raises:
        ValueError: when a file is missing or not in its layout.
    """
    registry = Registry.load()
    named = read_named(material.named) if material.named is not None else {}
    synthesis = Synthesis(load_poses(material.data, split), tokenizer, registry, Writer(registry), named)
    sources: dict[str, Source] = {task: Task(synthesis, task) for task in TEXT_TASKS}
    talk = Talk(held_out=split != "train")
    sources |= {"prompts": Prompts(synthesis), "ask": Questions(synthesis), "chat": talk}
    sources["dialogues"] = Dialogues(synthesis, talk)
    if named:
        sources["situations"] = Situations(named, synthesis)
    if reads:
        sources["sights"] = Sights(synthesis, material.pictures, split)
    elif material.pictures is not None:
        sources["pictures"] = Pictures.load(material.pictures, split, tokenizer)
    return Shelf(synthesis, sources)
