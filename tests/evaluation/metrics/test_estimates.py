"""Rates, means and medians with their intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.evaluation.metrics import Estimate, bootstrap, estimate, median, rates

NUMBERS = st.lists(st.floats(-1000, 1000), min_size=1, max_size=30)


def test_rates_count_statements_and_whole_texts():
    found = rates([[True, True], [True, False, False], []])
    assert found["statements"].value == pytest.approx(3 / 5)
    assert found["all"].value == pytest.approx(1 / 2)
    assert found["all"].count == 2  # a text that claims nothing is not counted as satisfied
    assert rates([[], []])["statements"].value == 0


@settings(deadline=None, max_examples=20)
@given(NUMBERS)
def test_a_mean_is_the_mean_and_lies_within_its_interval(numbers):
    found = estimate(numbers, draws=100)
    assert found.value == pytest.approx(np.mean(numbers), abs=1e-6)
    assert min(numbers) - 1e-6 <= found.low <= found.high <= max(numbers) + 1e-6
    assert found == estimate(numbers, draws=100)  # the same every time


@settings(deadline=None, max_examples=20)
@given(NUMBERS)
def test_a_median_is_the_median(numbers):
    found = median(numbers, draws=50)
    assert found.value == np.median(numbers) and found.low <= found.high


def test_the_interval_is_that_of_the_binomial():
    """Of 100 coins, half heads, a 95 % interval is about 0.5 plus or minus 1.96 * 0.05."""
    found = estimate([0.0, 1.0] * 50, draws=4000)
    assert found.low == pytest.approx(0.402, abs=0.02) and found.high == pytest.approx(0.598, abs=0.02)


def test_a_figure_of_sums_is_drawn_by_example():
    """A ratio of sums is not the mean of ratios: 1/1 and 0/3 give 1/4."""
    found = bootstrap(np.array([[1.0, 1.0], [0.0, 3.0]]), lambda sums: sums[..., 0] / sums[..., 1])
    assert found.value == 0.25 and (found.low, found.high) == (0.0, 1.0)


def test_nothing_to_average_is_nothing_counted():
    assert (estimate([]).value, estimate([]).count, median([]).count) == (0.0, 0, 0)


def test_a_pool_is_told_only_where_there_is_one():
    assert "pool" not in Estimate(0.5, 0.4, 0.6, 10).to_dict()
    assert Estimate(0.5, 0.4, 0.6, 10, 32).to_dict()["pool"] == 32
