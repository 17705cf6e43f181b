"""Mixtures: counts, seeds, and shares that add up to the step."""

from __future__ import annotations

import pytest

from unipose.training.mixture import Mixture


class Numbers:
    """A source of (name, seed) pairs: tells what it was asked for."""

    def __init__(self, name):
        self.name = name

    def batch(self, size, seed):
        return [(self.name, seed, place) for place in range(size)]


SOURCES = {name: Numbers(name) for name in ("a", "b", "pictures")}


@pytest.mark.parametrize("shares", [1, 2, 3, 5])
def test_shares_hold_together_what_a_step_holds(shares):
    mixture = Mixture(SOURCES, ({"a": 7}, {"b": 5, "pictures": 1}))
    dealt = [row for share in range(shares) for group in mixture.share(0, 4, share, shares) for row in group]
    assert {name: sum(row[0] == name for row in dealt) for name in SOURCES} == {"a": 7, "b": 5, "pictures": 1}
    assert len(set(dealt)) == len(dealt)


def test_no_two_draws_have_the_same_seed_and_the_same_draw_has():
    mixture = Mixture(SOURCES, ({"a": 2}, {"b": 2}))
    places = [(step, share) for step in range(20) for share in range(2)]
    seeds = [row[1] for step, share in places for group in mixture.share(3, step, share, 2) for row in group]
    assert len(set(seeds)) == len(seeds) == 2 * len(places)
    assert mixture.share(3, 5, 1, 2) == mixture.share(3, 5, 1, 2) != mixture.share(4, 5, 1, 2)


def test_one_share_keeps_the_groups_and_an_empty_group_is_no_pass():
    mixture = Mixture(SOURCES, ({"a": 2}, {"b": 1}))
    assert [len(group) for group in mixture.share(0, 0, 0, 1)] == [2, 1]
    assert [len(group) for group in mixture.share(0, 0, 1, 2)] == [1]


def test_what_cannot_be_dealt_is_refused():
    with pytest.raises(ValueError, match="wants c; there are a, b, pictures"):
        Mixture(SOURCES, ({"c": 1},))
    with pytest.raises(ValueError, match="cannot be cut into 3 shares"):
        Mixture(SOURCES, ({"a": 2},)).share(0, 0, 2, 3)


def test_pictures_are_left_out_where_there_are_none():
    names = ("generate", "describe", "edit", "compare", "ask", "chat", "dialogues", "prompts")
    tasks = {name: Numbers(name) for name in names}
    assert set(Mixture.of("instruction", tasks).names) == set(names)
    for more in ("pictures", "situations"):
        assert more in Mixture.of("instruction", {**tasks, more: Numbers(more)}).names
    with pytest.raises(ValueError, match="wants ask"):
        Mixture.of("instruction", {name: own for name, own in tasks.items() if name != "ask"})
    with pytest.raises(ValueError, match="pictures alone"):
        Mixture.of("projector", tasks)
