"""What makes a folder, or a repository on the Hub, a model that is safe and whole enough to load.

Only safetensors are loaded. Pickled weights (``.bin``, ``.pt``, ``.ckpt`` and so on) can run code when
opened, so they are refused, with what was found and what is expected.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from unipose.chat.turns import UserError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
"""Names the shard of each weight, where the weights are split."""
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})

# All that is fetched from a repository or pushed to one, by shell patterns: configuration, weights, processor and
# tokenizer, what the training or the conversion came to, card and licence. Nothing of its subfolders.
MODEL_FILES = [
    CONFIG,
    "generation_config.json",
    "model*.safetensors",
    INDEX,
    "processor_config.json",
    "preprocessor_config.json",
    "tokenizer*.json",
    "tokenizer*.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.*",
    "training.json",
    "conversion.json",
    "README.md",
    "LICENSE*",
]
SUBFOLDERS = ["*/*"]


def check_folder(folder: Path) -> Path:
    """The folder itself, when it holds ``config.json`` and all of its safetensors weights.

    Raises:
        UserError: naming what was found and what is expected.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UserError(f"the folder '{folder}' cannot be read: {reason(error)}") from None
    check_names(names, str(folder))
    if INDEX in names:
        missing = sorted(_shards(folder / INDEX) - set(names))
        if missing:
            raise UserError(
                f"'{folder}' is not whole: {listed(missing)} is missing, which {INDEX} names; fetch or convert it anew"
            )
    return folder


def check_names(names: Collection[str], where: str) -> None:
    """Refuse file names, a folder's or a repository's, that make no model; ``where`` is told.

    Raises:
        UserError: only pickled weights, no weights, or no configuration.
    """
    if not {WEIGHTS, INDEX} & set(names):
        pickles = [name for name in names if is_pickle(name)]
        if pickles:
            raise UserError(refusal(pickles, where))
        raise UserError(f"'{where}' has no weights: found {listed(names)}, expected {WEIGHTS}")
    if CONFIG not in names:
        raise UserError(f"'{where}' is no model folder: found {listed(names)}, expected {CONFIG} as well")


def is_pickle(name: str) -> bool:
    """Whether a file of that name is taken for a pickle, by its ending."""
    return PurePosixPath(name).suffix.lower() in PICKLES


def refusal(pickles: Collection[str], where: str) -> str:
    """Why pickled weights are not opened, and what is expected instead."""
    return (
        f"refused '{where}': {listed(pickles)} is a pickle, which can run code when opened; "
        f"expected a folder with {CONFIG} and {WEIGHTS}"
    )


def listed(names: Collection[str], most: int = 5) -> str:
    """Some names on one line, and how many more there are."""
    shown = ", ".join(list(names)[:most]) or "nothing"
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def reason(error: BaseException) -> str:
    """What an error says, on one line and without the number of the system's error."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def gigabytes(size: float) -> str:
    """Bytes for people, in units of a thousand: ``15.3 GB``, ``20.6 MB``."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _shards(index: Path) -> set[str]:
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not JSON, or JSON of another kind
        raise UserError(f"'{index}' is damaged: expected JSON with a weight_map; fetch or convert it anew") from None
