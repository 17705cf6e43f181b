"""The embedded model: its size, its speed, and the figures it shipped with."""

import json

import pytest
from safetensors import safe_open

MAX_BYTES, MAX_ALL_BYTES = 25_000_000, 60_000_000
# Told is the time on this machine; a slower or busier one than the 300 ms were promised for must not fail the run.
MAX_GENERATE_MS = 1500.0

# task, figure, and what its mean must be at least (shares) or at most (millimetres)
PROMISED = [
    ("pose tokenizer", "mpjpe", "at most", 22.0),
    ("text to pose, 3 statements", "statements", "at least", 0.88),
    ("text to pose, 3 statements", "all", "at least", 0.70),
    ("pose to text", "statements", "at least", 0.88),
    ("editing", "statements", "at least", 0.75),
]


def test_it_is_small(nano_folder):
    sizes = {path.name: path.stat().st_size for path in nano_folder.rglob("*") if path.is_file()}
    assert any(name.endswith(".safetensors") for name in sizes)
    assert max(sizes.values()) <= MAX_BYTES and sum(sizes.values()) <= MAX_ALL_BYTES, sizes


def test_its_weights_are_half_precision(nano_folder):
    kinds = set()
    for path in nano_folder.rglob("*.safetensors"):
        with safe_open(path, "pt") as weights:
            kinds |= {weights.get_slice(name).get_dtype() for name in weights.keys()}  # noqa: SIM118 (no dictionary)
    assert {kind for kind in kinds if "F" in kind} == {"F16"}


@pytest.mark.parametrize(("task", "figure", "side", "limit"), PROMISED)
def test_the_figures_it_shipped_with_keep_the_promise(nano_folder, task, figure, side, limit):
    shipped = json.loads((nano_folder / "figures.json").read_text(encoding="utf-8"))
    assert shipped["commit"]
    rows = shipped["figures"][task]
    found = rows.get("shown", rows["model"])[figure]  # what the verbs answer; the tokenizer has but one answer
    assert found["count"] >= 250
    assert found["value"] <= limit if side == "at most" else found["value"] >= limit


@pytest.mark.slow
def test_it_answers_while_one_waits(nano_folder, record_property):
    from unipose.chat import UniPose
    from unipose.evaluation.bench.figures import Effort, bench

    figures = bench(UniPose.from_pretrained(nano_folder), Effort(calls=5, rounds=1, sizes=(1, 2)))
    record_property("generate_ms_p50", round(figures["generate_ms_p50"], 1))
    assert figures["generate_ms_p50"] <= MAX_GENERATE_MS, figures


@pytest.mark.slow
def test_nothing_else_is_needed_to_load_it(nano_folder):
    from unipose import UniPose

    model = UniPose.from_pretrained()
    assert model.name == nano_folder.name
    reply = model.generate("Lift your left leg.")
    assert len(reply.poses) == 1 and model.describe(reply.poses[0]).text
