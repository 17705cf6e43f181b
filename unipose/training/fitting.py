"""What the stages that train a composed model share: freeze by the table, learn from a mixture, save a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from accelerate import PartialState

from unipose.data.synthesis import Synthesis
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.freezing import freeze, merge, trained
from unipose.training.lessons import LanguageObjective
from unipose.training.loops import run
from unipose.training.mixture import Mixture, Source
from unipose.training.probes import Probes
from unipose.training.provenance import write_provenance
from unipose.training.settings import LoopSettings
from unipose.training.stages import STAGES, Lora
from unipose.training.verdicts import Verdicts

HELD_OUT = 96
"""Examples of each source in an evaluation."""


def fit(
    stage: str,
    model: UniPoseModel,
    processor: UniPoseProcessor,
    sources: Mapping[str, Source],
    held_out: Mapping[str, Source],
    settings: LoopSettings,
    *,
    lora: Lora | None = None,
    aided_by: Synthesis | None = None,
) -> dict[str, float]:
    """Train a model as its row of the table says, and save it with its processor.

    Args:
        stage: a name of the table.
        model: changed in place.
        processor: makes its inputs.
        sources: what is learnt from, see :data:`unipose.training.mixture.MIXTURES`.
        held_out: sources of the same names that nobody learns from.
        settings: of the run.
        lora: adapters for the language model.
        aided_by: measures poses for the training aids; without it there are none.

    Returns:
        Held-out losses in nats a label for each source, steps and seconds.

    Raises:
        ValueError: see :func:`unipose.training.loops.run`.
    """
    mixture = Mixture.of(stage, sources)
    if PartialState().is_main_process:
        processor.save_pretrained(settings.out)
    if PartialState().device.type == "cpu":
        # there the fused attention's backward pass takes three times as long as the plain one's
        model.language_model.set_attn_implementation("eager")
    adapters = freeze(model, STAGES[stage], lora)
    if lora is not None:
        settings = replace(settings, learning_rate=lora.learning_rate)
    aids = (Probes(model, aided_by), Verdicts(model, aided_by)) if aided_by is not None else (None, None)
    objective = LanguageObjective(model, processor, *aids)
    drawn = {name: held_out[name].batch(HELD_OUT, seed=7) for name in mixture.names}
    fixed = {name: those for name, those in drawn.items() if those[0].messages()[-1]["role"] == "assistant"}
    counts = trained(model)

    def evaluate() -> dict[str, float]:
        return {name: objective.held_out(examples, settings.precision == "no") for name, examples in fixed.items()}

    def finish(figures: dict[str, float]) -> None:
        merge(adapters)
        model.save_pretrained(settings.out)
        write_provenance(settings.out, stage, figures, trained=counts, lora=lora is not None)

    return run(
        objective,
        settings,
        lambda step, share, shares: objective.lessons(mixture, settings.seed, step, share, shares),
        evaluate,
        finish,
    )
