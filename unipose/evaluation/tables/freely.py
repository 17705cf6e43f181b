"""Requests as people word them, written by hand with what a pose must be: everyday prompts, unseen names."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.evaluation.exam.prompts import Prompt, marks
from unipose.evaluation.metrics import median, rates
from unipose.evaluation.tables.generation import drafts, generated, without_model, words_alone
from unipose.evaluation.tables.material import Material, Table


def asked_freely(material: Material, prompts: Sequence[Prompt]) -> Table:
    """Prompts to poses; ``statements`` are facts that hold, ``all`` prompts all of whose do."""
    texts = [prompt.text for prompt in prompts]
    known = [caption.text for caption in material.descriptions(material.taught)]
    shown, seconds = generated(material, texts)
    answered = {
        "model": drafts(material, texts),
        **words_alone(material, texts),
        "shown": shown,
        "chance": shown.roll(1, 0),
        **without_model(material, texts, known, material.taught),
    }
    table = {who: rates(marks(prompts, material.measure(poses))) for who, poses in answered.items()}
    table["shown"]["ms_p50"] = median([1000 * each for each in seconds])
    return table
