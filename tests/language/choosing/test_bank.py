"""Truth bits of real poses: what is usual."""

import numpy as np
import torch

from unipose.language.choosing import bank as module
from unipose.language.choosing.bank import Bank, count


def made(registry, values):
    return Bank.of(registry, registry.margins(values) >= 0)


def test_bits_count_like_booleans(registry, values, monkeypatch):
    holds = registry.margins(values) >= 0
    bank = made(registry, values)
    mirrored = torch.cat([holds, holds[:, list(registry.mirror)]])
    assert bank.poses == 2 * len(values) == count(bank.everyone)
    assert count(bank.holds).tolist() == mirrored.sum(0).tolist()
    first, second = registry.position("left_elbow_bent"), registry.position("right_arm_raised")
    together = int((mirrored[:, first] & mirrored[:, second]).sum())
    assert count(bank.holds[first] & bank.holds[second]) == together
    monkeypatch.setattr(module, "np", _WithoutBitwiseCount())
    assert count(bank.holds[first] & bank.holds[second]) == together


class _WithoutBitwiseCount:
    """NumPy as it was before version 2."""

    def __getattr__(self, name):
        if name == "bitwise_count":
            raise AttributeError(name)
        return getattr(np, name)


def test_both_sides_are_as_usual(registry, values):
    surprise = made(registry, values).surprise()
    assert (surprise >= 0).all()
    np.testing.assert_array_equal(surprise, surprise[list(registry.mirror)])
    both, left = registry.position("both_elbow_bent"), registry.position("left_elbow_bent")
    assert surprise[both] > surprise[left]


def test_surprise_among_some(registry, values):
    bank = made(registry, values)
    bent, folded = registry.position("left_elbow_bent"), registry.position("left_elbow_folded")
    among = bank.surprise(bank.holds[bent])
    assert among[bent] < 0.01 and among[folded] < bank.surprise()[folded]


def test_save_and_load(registry, values, tmp_path):
    bank = made(registry, values)
    bank.save(registry, tmp_path / "bank.npz")
    again = Bank.load(registry, tmp_path / "bank.npz")
    spoken = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
    silent = [i for i, predicate in enumerate(registry.table) if predicate.silent]
    assert np.array_equal(again.holds[spoken], bank.holds[spoken]) and not again.holds[silent].any()
    assert np.array_equal(again.everyone, bank.everyone) and again.poses == bank.poses


def test_predicates_the_file_does_not_know_are_unseen(registry, values, tmp_path):
    made(registry, values).save(registry, tmp_path / "bank.npz")
    with np.load(tmp_path / "bank.npz") as data:
        kept = ~np.isin(data["ids"], ["left_arm_raised", "right_arm_raised"])
        np.savez(tmp_path / "old.npz", ids=data["ids"][kept], holds=data["holds"][kept], poses=data["poses"])
    old = Bank.load(registry, tmp_path / "old.npz")
    new = registry.position("left_arm_raised")
    assert count(old.holds[new]) == 0 and old.surprise()[new] == old.surprise().max()


def test_shipped_bank_knows_the_registry(registry):
    bank = Bank.load(registry)
    described = [i for i, one in enumerate(registry.table) if not one.silent and one.region != "name"]
    assert bank.poses > 10_000 and (count(bank.holds[described]) > 0).mean() > 0.9
