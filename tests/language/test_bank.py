"""Counts of what is usual."""

import numpy as np

from unipose.language.bank import Bank
from unipose.language.choice import Chooser


def test_counting_is_symmetric(registry, values):
    bank = Bank.count(registry, registry.truth(values))
    assert bank.poses == 2 * len(values)
    left, right = registry.position("left_elbow_bent"), registry.position("right_elbow_bent")
    surprise, given = bank.surprise(), bank.given()
    assert surprise[left] == surprise[right] and (surprise >= 0).all()
    both = registry.position("both_elbow_bent")
    assert given[both, left] > 0.95 and given.min() >= 0 and given.max() <= 1.0001
    assert surprise[both] > surprise[left]


def test_save_and_load(registry, values, tmp_path):
    bank = Bank.count(registry, registry.truth(values))
    bank.save(registry, tmp_path / "bank.npz")
    again = Bank.load(registry, tmp_path / "bank.npz")
    spoken = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
    assert np.array_equal(again.together[np.ix_(spoken, spoken)], bank.together[np.ix_(spoken, spoken)])
    assert again.poses == bank.poses


def test_shipped_bank_knows_the_registry(registry):
    bank = Bank.load(registry)
    alone = np.diag(bank.together)
    spoken = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
    assert bank.poses > 10_000 and (alone[spoken] > 0).mean() > 0.9


def test_coldest_choice_is_the_most_telling(registry, values):
    import random

    bank = Bank.load(registry)
    chooser = Chooser(registry, bank, temperature=0.0)
    truth = registry.truth(values).numpy()
    surprise = bank.surprise()
    for row in truth[:50]:
        candidates = chooser.spoken(row)
        first = chooser.choose(candidates, random.Random(0), 1)[0]
        top = max(surprise[i] for i in candidates)
        # "both" may stand in for its more surprising half
        assert surprise[first] >= top - 1e-5
    assert chooser.choose([], random.Random(0), 3) == []
