"""Plain words to tokens: the small model's own byte-level tokenizer."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

UNKNOWN, BEGIN, END = "<unk>", "<s>", "</s>"
"""Ids 0, 1, 2. The first also pads."""


def train_text_tokenizer(texts: Iterable[str], vocab_size: int) -> PreTrainedTokenizerFast:
    """Learn byte-level pairs from texts.

    Nothing is normalised, and every byte has a token, so any text comes back unchanged. Digits stand alone,
    so that all numbers are spelled alike.

    Args:
        texts: what the vocabulary should be good at.
        vocab_size: upper bound, at least 259 (bytes and specials); few texts may give fewer tokens.

    Raises:
        ValueError: below 259.
    """
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    specials = [UNKNOWN, BEGIN, END]
    if vocab_size < len(alphabet) + len(specials):
        raise ValueError(f"expected a vocab_size of at least {len(alphabet) + len(specials)}, found {vocab_size}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=specials, initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token=UNKNOWN,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )
