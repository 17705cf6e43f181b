"""Words for one pose: whatever the manner, they are true of it."""

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.data.telling import Seen, Teller
from unipose.language.checking.checker import Checker
from unipose.language.items import Statement
from unipose.language.measuring.registry import Registry
from unipose.language.solving.solver import Solver
from unipose.language.writing.writer import Writer

NAME = "left_arabesque"


@pytest.fixture(scope="module")
def arabesque():
    registry = Registry.load()
    values = registry.measure_poses(Solver.load().solve([[Statement(NAME)]]).rotations)
    margins = registry.margins(values)
    return Seen(values[0], margins[0].numpy(), registry.truth(values)[0].numpy())


@pytest.fixture(scope="module")
def teller():
    registry = Registry.load()
    return Teller(registry, Writer(registry))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_claim_is_true(teller, arabesque, seed):
    rng, checker = random.Random(seed), Checker(Registry.load())
    for caption in (teller.request(arabesque, rng), teller.description(arabesque, rng)):
        assert all(checker.holds(caption.statements, arabesque.values)), caption.text
        assert bool(caption.text) == bool(caption.statements)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_request_by_name_says_the_name_first(teller, arabesque, seed):
    caption = teller.by_name(NAME, arabesque, random.Random(seed))
    assert caption.statements[0] == Statement(NAME)
    assert all(Checker(Registry.load()).holds(caption.statements, arabesque.values)), caption.text


def test_requests_come_in_many_manners(teller, arabesque):
    rng = random.Random(0)
    captions = [teller.request(arabesque, rng) for _ in range(60)]
    assert len({caption.register for caption in captions}) >= 5
    assert {0, 1, 2} <= {caption.level for caption in captions}
    lengths = torch.tensor([float(len(caption.text.split())) for caption in captions if caption.text])
    assert lengths.min() <= 8 and lengths.max() >= 25
