"""The lexicon: every entry can be said, read, mirrored and missed by a little; a sample is solved."""

import random

import pytest
import torch

from tests.language.conftest import random_rotations
from unipose.body.skeleton import mirror_rotations
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import load_lexicon, read_entries
from unipose.language.solving.solver import Solver
from unipose.language.writing.patterns import WHOSE, alternatives

ENTRIES = load_lexicon()
FIELDS = sorted({entry.field for entry in ENTRIES})
ENOUGH, WAYS, NEAR = 250, 6, 2  # entries, ways to say each, near misses of each


def in_field(field):
    return [entry for entry in ENTRIES if entry.field == field]


def predicates_of(entry):
    """The predicates an entry makes, one side standing for both."""
    named = entry.id.format(side="left")
    return [named, entry.either] if entry.either else [named]


def wordings_of(writer, predicate):
    for groups in writer.templates(writer.registry.position(predicate)).values():
        for template in (template for group in groups for template in group):
            tokens = (*template.head, *template.rest)
            yield " ".join(token for token in tokens if token != WHOSE)


def test_there_are_many_of_many_fields():
    assert len(ENTRIES) >= ENOUGH
    assert len(FIELDS) >= 10
    assert len({entry.wording_id for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("field", FIELDS)
def test_an_entry_is_said_in_many_ways(field, writer):
    for entry in in_field(field):
        ways = {reading for patterns in entry.say.values() for pattern in patterns for reading in alternatives(pattern)}
        assert len(ways) >= WAYS, entry.id
        assert len(entry.say) >= 2, f"{entry.id} is said in one kind of wording only"
        assert all(any(wordings_of(writer, predicate)) for predicate in predicates_of(entry)), entry.id


@pytest.mark.parametrize("field", FIELDS)
def test_a_near_miss_fails_a_part_of_the_rule(field, registry):
    for entry in in_field(field):
        assert len(entry.near) >= NEAR, entry.id
        own = {*entry.rule.get("all", ()), *entry.rule.get("any", ()), *entry.rule["within"]}
        for part, then in entry.near.items():
            sides = {part.replace("both_", side, 1) for side in ("left_", "right_")} if part not in own else {part}
            assert sides <= own, f"{entry.id}: {part} is no part of its rule"
            assert then.strip(), f"{entry.id}: what is it when {part} fails?"


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_said_is_read_back(field, writer, parser):
    for entry in in_field(field):
        for predicate in predicates_of(entry):
            for text in wordings_of(writer, predicate):
                parse = parser.parse(text)
                assert parse.items == (Statement(predicate),), f"{predicate}: {text}"
                assert not parse.unparsed, f"{predicate}: {text}"


def test_the_mirrored_pose_has_the_mirrored_name(registry):
    rotations = random_rotations(200, seed=3)
    names = [name for entry in ENTRIES for name in (*predicates_of(entry), entry.id.format(side="right"))]
    mirrored = [registry[name].mirror for name in names]
    here = registry.margins(registry.measure_poses(rotations), names)
    there = registry.margins(registry.measure_poses(mirror_rotations(rotations)), mirrored)
    torch.testing.assert_close(here, there, atol=0.02, rtol=1e-3)


def test_a_name_without_a_side_is_true_of_both_sides(registry):
    values = registry.measure_poses(random_rotations(200, seed=4))
    for entry in ENTRIES:
        if entry.either:
            sides = registry.margins(values, [entry.id.format(side=side) for side in ("left", "right")])
            assert torch.equal(registry.margins(values, [entry.either])[:, 0], sides.amax(-1))
            either = registry.position(entry.either)
            assert either in registry.implied[registry.position(entry.id.format(side="left"))]


ARMS_DOWN = {"left_shoulder": (0.0, 0.0, -1.3), "right_shoulder": (0.0, 0.0, 1.3)}


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("lateral_raise", {}),
        ("mountain_pose", {**ARMS_DOWN, "left_hip": (0.0, 0.0, -0.1), "right_hip": (0.0, 0.0, 0.1)}),
        ("left_crane_kick", {"left_hip": (-1.6, 0.0, 0.0), "left_knee": (1.6, 0.0, 0.0)}),
        ("corpse_pose", {**ARMS_DOWN, "pelvis": (-1.57, 0.0, 0.0)}),
        ("staff_pose", {**ARMS_DOWN, "left_hip": (-1.57, 0.0, 0.0), "right_hip": (-1.57, 0.0, 0.0)}),
        ("leg_raise", {"pelvis": (-1.57, 0.0, 0.0), "left_hip": (-1.57, 0.0, 0.0), "right_hip": (-1.57, 0.0, 0.0)}),
    ],
)
def test_a_pose_made_by_hand_has_its_name(name, turned, registry, posed):
    assert registry.holds(posed(**turned)[None], [name]).all()


@pytest.mark.slow  # the solver takes a second to wake and two to solve
def test_a_sample_is_solved(registry):
    names = [entry.id.format(side="right") for entry in random.Random(0).sample(ENTRIES, 24)]
    solved = Solver.load().solve([[Statement(name)] for name in names]).solved
    assert sum(solved) >= 22, [name for name, done in zip(names, solved, strict=True) if not done]


ENTRY = """
- id: "{side}_flag"
  all: ["{side}_arm_raised"]
  within: {both_knee_flexion: [null, 20]}
  say:
    act: ["wave a flag (with @hand|)", "flag with @arm"]
    tag: ["a flag (in the {side} hand|)"]
"""


def test_wordings_go_to_the_predicate_whose_side_they_mention():
    (entry,) = read_entries("test", ENTRY)
    assert dict(entry.wordings()) == {
        "flag": {"act": ["(wave a flag with @hand)", "(flag with @arm)"], "tag": ["(a flag in the {side} hand)"]},
        "either_flag": {"act": ["(wave a flag)"], "tag": ["(a flag)"]},
    }
    sided, either = entry.predicates()
    assert sided["within"] == {"left_knee_flexion": [None, 20], "right_knee_flexion": [None, 20]}
    assert sided["covers"] == ["either_flag"] and either["any"] == ["left_flag", "right_flag"]


def test_an_entry_never_said_without_a_side_has_no_form_without_one():
    (entry,) = read_entries("test", ENTRY.replace("|)", ")"))
    assert entry.either == "" and len(list(entry.predicates())) == 1


@pytest.mark.parametrize(("old", "new"), [("say:", "tell:"), ("all:", "every:"), ('id: "{side}_flag"', 'id: ""')])
def test_an_entry_that_makes_no_sense_is_named(old, new):
    with pytest.raises(ValueError, match=r"lexicon/test\.yaml"):
        list(read_entries("test", ENTRY.replace(old, new)))
