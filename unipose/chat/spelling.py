"""Words as people type them in a hurry, written out: "mooore" is "more", "a lil" is "a little", "furhter" is "further".

Only what turns are told apart by is mended here; what is said of the body the parser mends itself. The words are data
(``typed`` in ``phrases.yaml``).
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping

from unipose.chat.references import phrases

_SHORTEST = 5  # letters of a word that may be a slip for another


def mended(text: str) -> str:
    """A text with its hasty words written out, and without the sounds it opens with; the rest stays as it is.

    >>> mended("a lil mooore pls"), mended("Furhter down!"), mended("mmm, not that deep"), mended("Hmm.")
    ('a little more pls', 'further down!', 'not that deep', 'Hmm.')
    """
    text = re.sub(rf"^\s*(?:(?:{phrases()['hesitations']})\b[\s,.;!-]*)+(?=\w)", "", text, flags=re.IGNORECASE)
    return re.sub(r"[^\W\d_]+(?:'[^\W\d_]+)*", lambda word: _word(word[0]), text.replace("\u2019", "'"))


@functools.lru_cache(maxsize=4096)
def _word(word: str) -> str:
    said, (full, slips) = word.lower(), _known()
    if re.fullmatch(phrases()["hesitations"], said):
        return word
    drawn = {re.sub(r"(.)\1{2,}", rf"\1{again}", said) for again in ("", r"\1")}
    if said not in drawn:  # "sooo", "tooo"
        said = next((one for one in sorted(drawn, key=len, reverse=True) if one in full or one in slips.values()), "")
        said = said or min(drawn, key=len)
    found = full.get(said) or slips.get(said) or said
    return word if found == word.lower() else found


@functools.lru_cache(maxsize=1)
def _known() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Short forms and slips, each with what is meant."""
    data = phrases()["typed"]
    words = data["words"].split()
    slips = {slip: word for word in words if len(word) >= _SHORTEST for slip in _slips(word) if slip not in words}
    plain = {word: word for word in words}
    real = data["real"].split()  # words of their own
    return data["short"], {**{slip: word for slip, word in slips.items() if slip not in real}, **plain}


def _slips(word: str) -> Iterator[str]:
    """Two letters exchanged, one left out or typed twice; the first letter is always right."""
    for a, b in itertools.pairwise(range(1, len(word))):
        yield f"{word[:a]}{word[b]}{word[a]}{word[b + 1 :]}"
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[: place + 1] + word[place:]
