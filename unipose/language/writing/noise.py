"""Texts as people type them: input for training, never output. What a text claims stays as it was."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from unipose.language.measuring.registry import read_data

_SHORTEST = 5  # a typing error in a shorter word could make another word
_NUMBER_UNIT = re.compile(r"(\d+) (deg|cm)\b")


def roughen(text: str, rng: random.Random, amount: float = 0.5) -> str:
    """Spoil a text a little: lower case, missing articles and marks, abbreviations ("L arm 90deg"), typing errors.

    Args:
        text: what a writer wrote.
        rng: source of all randomness.
        amount: 0 leaves the text alone; 1 spoils in every way.

    Returns:
        One line of text with the same claims. ``noise.yaml`` has the words.
    """
    data: Mapping[str, Any] = read_data("noise.yaml")
    ways: tuple[Callable[[str, Mapping[str, Any], random.Random], str], ...] = (
        _without_articles,
        _with_errors,
        _abbreviated,
        _careless,
    )
    for way in ways:
        if rng.random() < amount:
            text = way(text, data, rng)
    return text


def _careless(text: str, data: Mapping[str, Any], rng: random.Random) -> str:
    """Lower case, no full stop at the end."""
    return text.lower().rstrip(".!")


def _without_articles(text: str, data: Mapping[str, Any], rng: random.Random) -> str:
    return " ".join(word for word in text.split() if word.lower() not in data["articles"] or rng.random() < 0.3)


def _abbreviated(text: str, data: Mapping[str, Any], rng: random.Random) -> str:
    for long, short in data["abbreviations"].items():
        if rng.random() < 0.6:
            text = re.sub(rf"\b{long}\b", short, text)
    return _NUMBER_UNIT.sub(r"\1\2", text)


def _with_errors(text: str, data: Mapping[str, Any], rng: random.Random) -> str:
    words = text.split(" ")
    able = [i for i, word in enumerate(words) if len(word) >= _SHORTEST and word.isalpha() and word not in data["kept"]]
    for i in rng.sample(able, min(len(able), 1 + len(able) // 12)):
        words[i] = _mistyped(words[i], data["neighbours"], rng)
    return " ".join(words)


def _mistyped(word: str, neighbours: Mapping[str, str], rng: random.Random) -> str:
    """One letter swapped with the next, dropped, doubled or hit beside; the first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    letter, following = word[at], word[at + 1]
    beside = rng.choice(neighbours.get(letter, letter))
    spoilt = rng.choice((following + letter, following, letter + letter + following, beside + following))
    return word[:at] + spoilt + word[at + 2 :]
