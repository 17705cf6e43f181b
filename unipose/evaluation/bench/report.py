"""The figures as one table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_LABELS = {
    "generate": "words to a pose, checked and mended",
    "edit": "an edit, checked and mended",
    "describe_first": "a description's first piece, checked",
    "encode": "pose to codes",
    "decode": "codes to pose",
    "first_word": "network: first word",
    "text_to_pose": "network: words to a pose",
    "image_to_pose": "network: photo to a pose",
    "pose_one_pass": "a pose after its prompt, in one pass",
    "pose_token_by_token": "the same, token by token",
}


def table(figures: Mapping[str, float], about: str) -> str:
    """What :mod:`unipose.evaluation.bench.figures` measured, under a line that says of what and where."""
    return "\n".join([about, "", *_times(figures), "", *_batches(figures), "", *_memory(figures)])


def _times(figures: Mapping[str, float]) -> Iterator[str]:
    yield f"{'milliseconds':<38}{'p50':>10}{'p95':>10}"
    for name, label in _LABELS.items():
        if f"{name}_ms_p50" in figures:
            yield f"{label:<38}{_short(figures[f'{name}_ms_p50']):>10}{_short(figures[f'{name}_ms_p95']):>10}"
    yield f"{'one pass is faster by':<38}{_times_more(figures['one_pass_gain']):>10}"


def _batches(figures: Mapping[str, float]) -> Iterator[str]:
    sizes = [int(name.rpartition("_")[2]) for name in figures if name.startswith("poses_per_s_")]
    yield f"{'batch of':<38}" + "".join(f"{size:>10}" for size in sizes)
    for label, rate, gain in (
        ("poses a second", "poses_per_s", "pose_batch_gain"),
        ("words a second", "words_per_s", "word_batch_gain"),
    ):
        yield f"{label:<38}" + "".join(f"{_short(figures[f'{rate}_{size}']):>10}" for size in sizes)
        gains = (_times_more(figures[f"{gain}_{size}"]) for size in sizes[1:])
        yield f"{'  to one at a time':<48}" + "".join(f"{more:>10}" for more in gains)


def _memory(figures: Mapping[str, float]) -> Iterator[str]:
    yield f"one reply: {_short(figures['words_per_s'])} words a second, {_short(figures['word_ms'])} ms each"
    yield (
        f"weights a word reads: {figures['weights_mb']:.0f} MB; at {figures['read_gb_per_s']:.0f} GB/s they take "
        f"{_short(figures['floor_ms'])} ms, {100 * figures['floor_share']:.0f} % of the word's time"
    )
    yield f"{figures['parameters_m']:.0f} M parameters; peak memory {figures['peak_memory_mb']:.0f} MB"


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _times_more(value: float) -> str:
    return f"{value:.1f} x"
