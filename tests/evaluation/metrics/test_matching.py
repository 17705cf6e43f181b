"""Retrieval figures, against ranks counted by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.evaluation.metrics import r_precision, recall
from unipose.evaluation.metrics.matching import VARIANTS


def scores(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, count, generator=torch.Generator().manual_seed(seed))


def test_ranks_by_hand():
    """Of three queries the first is found at once, the second is second, the third is last."""
    similar = torch.tensor([[0.9, 0.1, 0.2], [0.8, 0.5, 0.1], [0.9, 0.8, 0.3]])
    found = r_precision(similar, "full")
    assert [found[f"top-{top}"].value for top in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])
    assert (found["top-1"].count, found["top-1"].pool) == (3, 3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_always_nearest_is_always_found(variant):
    found = r_precision(torch.eye(70), variant)
    assert all(one.value == 1 for one in found.values())
    assert found["top-1"].pool == (70 if variant == "full" else 32)
    assert found["top-1"].count == (64 if variant == "groups" else 70)  # two whole groups


@pytest.mark.parametrize(("variant", "size"), [("groups", 32), ("pools", 32), ("full", 64)])
def test_where_all_are_alike_it_is_chance(variant, size):
    found = r_precision(torch.zeros(64, 64), variant)
    assert [one.value for one in found.values()] == pytest.approx([1 / size, 2 / size, 3 / size])


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 32), st.integers(0, 1000))
def test_with_few_examples_the_variants_are_one(count, seed):
    """And it is the share of rows whose own entry is among the largest."""
    similar = scores(count, seed)
    ranks = (similar > similar.diagonal()[:, None]).sum(-1)
    expected = [(ranks < top).float().mean().item() for top in (1, 2, 3)]
    for variant in VARIANTS:
        assert [one.value for one in r_precision(similar, variant).values()] == pytest.approx(expected)


@settings(deadline=None, max_examples=8)
@given(st.integers(40, 80), st.integers(0, 1000))
def test_a_smaller_pool_and_more_tries_make_it_easier(count, seed):
    similar = scores(count, seed)
    full, pools = (r_precision(similar, variant) for variant in ("full", "pools"))
    assert all(pools[name].value >= full[name].value - 1e-9 for name in full)
    values = [one.value for one in recall(similar).values()]
    assert values == sorted(values)


def test_groups_part_the_examples():
    """Each half finds its own; a query would be lost only among the other half."""
    near = torch.eye(64)
    near[0, 1:] = 2.0  # never found, wherever it is
    found = r_precision(near, "groups", seed=3)
    assert found["top-1"].value == pytest.approx(63 / 64)


def test_recall_has_the_names_of_its_field():
    found = recall(torch.eye(50), pool=32)
    assert list(found) == ["R@1", "R@5", "R@10", "R@20"] and found["R@5"].pool == 32


@pytest.mark.parametrize("similar", [torch.zeros(2, 3), torch.zeros(0, 0)])
def test_similarities_are_square(similar):
    with pytest.raises(ValueError, match="shape"):
        r_precision(similar, "full")


def test_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="groups, pools, full"):
        r_precision(torch.eye(2), "half")
