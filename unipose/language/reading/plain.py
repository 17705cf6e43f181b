"""The plain form of text: meaningful words only, verbs in their base form, synonyms replaced, each with its place."""

from __future__ import annotations

import enum
import functools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, NamedTuple

WORD = re.compile(r"<\w+>|\d+(?:\.\d+)?|[a-z'][a-z0-9']*|[°\"]")
_STOP = re.compile(r"[.;:!?\n]")
_BREAK = re.compile(r"[.,;:!?\n]|\b(?:and|but|then|or)\b")
_PAUSE = ","
PRONOUNS = ("it", "them", "they", "both")
_BACK, _REAR = "back", "rear"
_NO = "no"  # an answer ("no, raise it") rather than a negation, when it opens a text
_ACROSS_A_PAUSE = 0.2  # of a wording that runs over a comma
_ACROSS_SILENCE = 0.01  # over words that carry no claim ("and then")
_VOWELS = frozenset("aeiou")
_TINY = 3  # letters of a word that with one other letter is another word or sound ("aww", "awe")

Phrase = tuple[str, ...]


class Word(NamedTuple):
    """A word in plain form, the stretch of text it comes from, whether a negation or a hedge stands at it, the cost of
    joining it to the word before (infinite across the end of a sentence), and whether its spelling was mended."""

    plain: str
    start: int
    end: int
    negated: bool = False
    hedged: bool = False
    joining: float = 0.0
    mended: bool = False


class _Kind(enum.Enum):
    """What carries no claim: phrases, what is said by the way, and what softens a claim."""

    PHRASE, SILENCE, HEDGE = range(3)


class _Phrases:
    """Phrases by their first word, longest first."""

    def __init__(self, phrases: Mapping[Phrase, Phrase]) -> None:
        self._by_first: dict[str, list[tuple[Phrase, Phrase]]] = {}
        for key in sorted(phrases, key=len, reverse=True):
            self._by_first.setdefault(key[0], []).append((key, phrases[key]))

    @property
    def openings(self) -> set[Phrase]:
        """The first words that phrases start with, two where they have two."""
        return {key[:2] for phrases in self._by_first.values() for key, _ in phrases}

    @property
    def firsts(self) -> Iterable[str]:
        """The words that phrases start with."""
        return self._by_first

    def at(self, words: Sequence[str], position: int) -> tuple[Phrase, Phrase] | None:
        """The longest phrase that starts at a position, with what it stands for."""
        for key, value in self._by_first.get(words[position], ()):
            if len(key) == 1 or tuple(words[position : position + len(key)]) == key:
                return key, value
        return None


class Plain:
    """Brings text to the plain form in which wordings are compared.

    Args:
        data: the parsed ``cues.yaml``.
        verbs: inflected verb to base form.
        silences: stretches of text that carry no claim, such as "as you can see".
    """

    def __init__(self, data: Mapping[str, Any], verbs: Mapping[str, str], silences: Iterable[str] = ()) -> None:
        self._dropped = frozenset(data["dropped"])
        self._negations = frozenset(data["negations"])
        self.conjunctions = frozenset(data["conjunctions"])
        self.alternatives = frozenset(data["alternatives"])
        self._verbs = verbs
        self._base_forms = frozenset(verbs.values())
        quiet = [_split(text) for text in silences]
        # one word alone may be part of a wording ("ready"): it is passed over only where none takes it
        self.fillers = frozenset(data["fillers"]) | {words[0] for words in quiet if len(words) == 1} - self._negations
        self._phrases = _Phrases({_split(text): () for text in data["phrases"]})
        self._silences = _Phrases({words: () for words in quiet if len(words) > 1})
        self._hedges = _Phrases({_split(text): () for text in data["hedges"]})
        same, opening = (
            {_split(str(a)): _split(str(b)) for a, b in data[key].items()} for key in ("same", "same_at_the_start")
        )
        self._same = _Phrases({key: value for key, value in same.items() if key != value})
        self._same_at_the_start = _Phrases(opening)
        self._determiners, self._placing, self._held = (
            frozenset(data[key]) for key in ("determiners", "placing", "held")
        )
        self._limbs = frozenset(part for parts in data["limbs"].values() for part in parts)
        tables = (self._phrases, self._silences, self._hedges, self._same, self._same_at_the_start)
        self._openings = frozenset(opening for table in tables for opening in table.openings)
        self._alone: dict[str, Phrase | None] = {}
        self._starts = frozenset(first for table in tables for first in table.firsts)
        self.known = (
            self._dropped
            | self._negations
            | self.fillers
            | frozenset(verbs)
            | {
                word
                for one in (*same, *opening, *map(_split, (*data["phrases"], *data["hedges"], *silences)))
                for word in one
            }
        )

    def phrase(self, text: str) -> Phrase:
        """The plain words of a wording: those of ``words``, found faster for the many thousands that are learnt."""
        said = text.lower().split()
        out: list[str] = []
        for word, following in zip(said, (*said[1:], ""), strict=False):
            if (word, following) in self._openings or (self._base(word), self._base(following)) in self._openings:
                break
            if word not in self._alone:
                self._alone[word] = self._by_itself(word)
            plain = self._alone[word]
            if plain is None:
                break
            out += plain
        else:
            return tuple(out)
        return tuple(word.plain for word in self.words(text))

    def _by_itself(self, word: str) -> Phrase | None:
        """The plain words of one word; None where they depend on its neighbours."""
        if not word.isalnum() or self._base(word) in self._negations or word == _BACK or word in self._held:
            return None
        return tuple(one.plain for one in self.words(word))

    def _base(self, word: str) -> str:
        return self._verbs.get(word, word)

    def words(self, text: str, mend: Callable[[str], str] | None = None, pronouns: bool = False) -> list[Word]:
        """The meaningful words of a text in plain form; ``mend`` gives a misspelt word its right form.

        Without ``mend`` the text is a wording, in which nothing is silent. With ``pronouns`` those that may stand for a
        part of the body stay ("raise them").
        """
        text = _folded(text)
        places = [(match.start(), match.end()) for match in WORD.finditer(text)]
        written = [text[start:end] for start, end in places]
        raw = [mend(word) for word in written] if mend else written
        breaks = [not at or bool(_BREAK.search(text[places[at - 1][1] : places[at][0]])) for at in range(len(raw))]
        raw = [self._of_a_part(raw, at, breaks[at]) for at in range(len(raw))]
        bases = [self._verbs.get(word, word) for word in raw]
        out: list[Word] = []
        position, negated, hedged, silent, end = self._answer(raw, places, text), False, False, False, 0
        while position < len(raw):
            starts = raw[position] in self._starts or bases[position] in self._starts
            opens = not out or bool(_BREAK.search(text[out[-1].end : places[position][0]]))
            size, here = self._replaced(raw, bases, position, opens) if starts else (1, (raw[position],))
            passed = self._passed(raw, position, size, mend is not None) if starts else None
            if passed is not None:
                kind, count = passed
                after = position + count
                if kind is _Kind.HEDGE and out and self._closes(text, places, position, after):
                    out[-1] = out[-1]._replace(hedged=True)
                else:
                    hedged |= kind is _Kind.HEDGE
                silent |= kind is _Kind.SILENCE
                position = after
                continue
            start, stop = places[position][0], places[position + size - 1][1]
            if negated and (_STOP.search(gap := text[end:start]) or _PAUSE in gap):
                negated = False  # "his arm is not. Raise it."
            mended = mend is not None and written[position : position + size] != raw[position : position + size]
            position, end = position + size, stop
            for word in here:
                base = self._verbs.get(word, word)
                if base in self._negations:
                    negated = True
                elif (plain := base.removesuffix("'s")) and (
                    plain not in self._dropped or (pronouns and plain in PRONOUNS)
                ):
                    gap = text[out[-1].end : start] if out else ""
                    joining = _ACROSS_SILENCE if silent else 0.0
                    joining = math.inf if _STOP.search(gap) else _ACROSS_A_PAUSE if _PAUSE in gap else joining
                    out.append(Word(plain, start, stop, negated, hedged, joining, mended))
                    negated = hedged = silent = False
        return out

    def _passed(self, raw: Sequence[str], position: int, size: int, told: bool) -> tuple[_Kind, int] | None:
        """What kind of words is passed over at a position, and how many; none where ``size`` words or more stand for
        others there. In wordings, which nobody ``told``, only phrases are."""
        tables = ((_Kind.PHRASE, self._phrases), (_Kind.SILENCE, self._silences), (_Kind.HEDGE, self._hedges))
        for kind, table in tables if told else tables[:1]:
            found = table.at(raw, position)
            if found and len(found[0]) >= size:
                return kind, len(found[0])
        return None

    def _closes(self, text: str, places: Sequence[tuple[int, int]], position: int, after: int) -> bool:
        """Whether a hedge belongs to what stands before it: "bent, more or less"."""
        before = text[places[position - 1][1] : places[position][0]] if position else ""
        behind = text[places[after - 1][1] : places[after][0]] if after < len(places) else "."
        if _STOP.search(behind) or _PAUSE in behind:
            return True
        following = text[places[after][0] : places[after][1]] if after < len(places) else ""
        return _PAUSE in before and following in self.conjunctions

    def _answer(self, raw: Sequence[str], places: Sequence[tuple[int, int]], text: str) -> int:
        """How many words open the text with a "no" that answers what was said before and negates nothing."""
        if not raw or raw[0] != _NO:
            return 0
        if len(raw) == 1 or text[places[0][1] : places[1][0]].strip():
            return 1
        return int(raw[1] in self._base_forms or raw[1] in self._dropped | self._negations | self.fillers)

    def _of_a_part(self, raw: Sequence[str], at: int, opens: bool) -> str:
        """A word, as what it is before a part: "the back knee" is the rear one, not a back, and where something is "on
        the raised knee", how the knee is held tells only which one it is. ``opens`` where a clause opens with it."""
        word = raw[at]
        if not (word == _BACK or word in self._held) or at + 1 >= len(raw) or raw[at + 1] not in self._limbs:
            return word
        before = raw[at - 1] if at else ""
        if word == _BACK and (opens or before in self._determiners or before in self.conjunctions):
            return _REAR
        if word == _BACK or before not in self._determiners:
            return word
        return raw[at - 1] if at > 1 and raw[at - 2] in self._placing else word

    def _replaced(
        self, raw: Sequence[str], bases: Sequence[str], position: int, opens: bool = False
    ) -> tuple[int, Phrase]:
        """How many words are taken at a position, and the words they are the same as; ``opens`` where a clause does."""
        # a verb is compared in its base form, so that one line of synonyms serves all its forms
        tables = (self._same, self._same_at_the_start) if opens else (self._same,)
        found = [same for table in tables for form in (raw, bases) if (same := table.at(form, position))]
        if not found:
            return 1, (raw[position],)
        key, value = max(found, key=lambda same: len(same[0]))
        return len(key), value


class Spelling:
    """Mends words that are one slip away from a known one.

    Args:
        known: how often each word occurs in what can be read.
        shortest: words with fewer letters are left alone.
        neighbours: letter to the letters it is mistaken for; other letters make another word ("flaming", "framing").
        right: words that are no slips, whatever they are near to ("pouring", "pouting").
    """

    def __init__(
        self, known: Mapping[str, int], shortest: int, neighbours: Mapping[str, str], right: Set[str] = frozenset()
    ) -> None:
        self._known = known
        self._right = right
        self._shortest = shortest
        self._neighbours = neighbours

    @functools.cached_property
    def _by_deletion(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self._known:
            if len(word) >= self._shortest - 1 and word.isalpha():
                for one in {word, *_deletions(word)}:
                    found.setdefault(one, []).append(word)
        return found

    def mend(self, word: str) -> str:
        """The word, or the commonest known word with one letter missing, added, changed or swapped with the next."""
        if word in self._known or word in self._right or len(word) < self._shortest or not word.isalpha():
            return word
        forms = (word, *_deletions(word))
        near = {one for form in forms for one in self._by_deletion.get(form, ())}
        close = [one for one in near if one[0] == word[0] and self._one_slip(word, one)]
        return max(close, key=lambda one: (self._known[one], one), default=word)

    def _one_slip(self, a: str, b: str) -> bool:
        start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        rest_a, rest_b = a[start:], b[start:]
        if rest_a[1:] == rest_b or rest_a == rest_b[1:]:
            return True
        if rest_a[1:] == rest_b[1:]:
            beside = rest_b[0] in self._neighbours.get(rest_a[0], "")
            return len(a) > _TINY and (beside or {rest_a[0], rest_b[0]} <= _VOWELS)
        return rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:]


def _deletions(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _folded(text: str) -> str:
    """Lower-case letters without accents, each where it was."""
    text = text.lower().replace("\u2019", "'")
    return text if text.isascii() else "".join(unicodedata.normalize("NFKD", one)[:1] or one for one in text)


def _split(text: str) -> Phrase:
    return tuple(WORD.findall(text.lower()))
