"""The solver: what it finds does what was asked, could be a person, stays local, and owns up to contradictions."""

import random

import pytest
import roma
import torch

from unipose.body.capsules import self_penetration
from unipose.body.limits import violations
from unipose.body.pose import face_forward
from unipose.body.postures import standing
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics, mirror_rotations
from unipose.data.sources import load_poses
from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Change, Keep, Match, Statement
from unipose.language.solving.conflicts import explain
from unipose.language.solving.goals import Goals
from unipose.language.solving.solver import Solver

JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver.load()


@pytest.fixture(scope="module")
def people() -> torch.Tensor:
    """Plausible poses [60, 22, 3, 3]."""
    return PosePrior.load().sample(60, torch.Generator().manual_seed(7))


def any_item(registry, rng):
    """Any kind of item there is, likely to be false."""
    measure = rng.choice(registry.measures)
    region = rng.choice(["left_arm", "right_leg", "legs", "arms", "head", "trunk", "body"])
    way = rng.choice((1, -1))
    lo, hi = sorted((way * measure.sigma, way * 4 * measure.sigma))
    return rng.choice(
        [
            Statement(rng.choice(registry.predicates), rng.random() < 0.4, rng.random() < 0.3),
            Amount(measure.id, -2 * measure.sigma, 3 * measure.sigma, rng.random() < 0.4),
            Change(measure.id, way, "", lo, hi, rng.random() < 0.4),
            Keep(region),
            Match(region, rng.random() < 0.5),
        ]
    )


def test_goals_count_margins_as_the_checker_does(registry, people):
    """One judge, two ways to reckon: the flat forest of bounds against the checker, on every kind of item."""
    rng, checker = random.Random(0), Checker(registry)
    problems = [[any_item(registry, rng) for _ in range(8)] for _ in people]
    values, before = registry.measure_poses(people), registry.measure_poses(people.flip(0))
    goals = Goals(registry, problems, before)
    margins = goals.margins(values[:, None])[:, 0].split([len(items) for items in problems])
    costs = goals.costs(values[:, None], 0.3)[:, 0].split([len(items) for items in problems])
    for row, items in enumerate(problems):
        expected = checker.margins(items, values[row], before[row])
        assert torch.allclose(margins[row], expected, atol=1e-3)
        assert (costs[row][expected >= 0.3] == 0).all()
        assert (costs[row][expected < 0] > 0).all()


def test_what_holds_of_one_pose_is_found(registry, solver, people):
    """Six statements true of a pose, for each of many poses: all found, on bodies that could be people's."""
    rng, checker = random.Random(1), Checker(registry)
    truth = registry.truth(registry.measure_poses(people))
    spoken = torch.tensor([not predicate.silent for predicate in registry.table])
    true = [torch.nonzero((row == 1) & spoken).flatten().tolist() for row in truth]
    problems = [[Statement(registry.predicates[i]) for i in rng.sample(row, 6)] for row in true]
    found = solver.solve(problems)
    values = registry.measure_poses(found.rotations)
    held = [all(checker.holds(items, values[row])) for row, items in enumerate(problems)]
    assert held == found.solved
    assert sum(held) >= 0.95 * len(held)
    assert violations(found.rotations).max() == 0
    assert (self_penetration(*forward_kinematics(found.rotations)) < 0.01).all(-1).float().mean() >= 0.95


@pytest.mark.slow  # solves 200 problems, and measures how far the answers are from thousands of captured poses
def test_statements_of_people_never_seen(registry, solver, writer, shared):
    """The targets of the solver, on fewer problems than the bench: six statements of each held-out pose."""
    held = load_poses(shared / "data", "test").rotations[::70][:100]
    captured = load_poses(shared / "data", "train")
    rng, truth = random.Random(0), registry.truth(registry.measure_poses(held)).numpy()
    problems = []
    for row in truth:
        spoken = [i for i, true in enumerate(row) if true == 1 and not registry.table[i].silent]
        told = writer.chooser.choose(writer.chooser.spoken(row), rng, 6)
        problems += [[Statement(registry.predicates[i]) for i in each] for each in (rng.sample(spoken, 6), told)]
    found = solver.solve(problems)
    assert sum(found.solved) >= 0.95 * len(problems)
    assert violations(found.rotations).max() == 0
    assert (self_penetration(*forward_kinematics(found.rotations)) < 0.01).all(-1).float().mean() >= 0.95
    bank = captured.rotations[captured.tier <= 3]
    assert nearest(found.rotations, bank).mean() <= 1.5 * nearest(held, bank).mean()


def nearest(poses: torch.Tensor, bank: torch.Tensor) -> torch.Tensor:
    """RMS distance in metres over the joints to the nearest of a bank and its mirror images, all facing forward."""
    first, *others = (
        forward_kinematics(face_forward(each))[0].flatten(1) for each in (poses, bank, mirror_rotations(bank))
    )
    return torch.cdist(first, torch.cat(others)).amin(dim=1) / 22**0.5


def test_every_kind_of_item(registry, solver):
    start = standing().rotations[None]
    items = [
        Statement("left_arm_raised"),
        Statement("right_knee_bent", negated=True),
        Amount("right_elbow_flexion", 80, 100),
        Change("head_turn", 1, "", 20, 40),
        Keep("legs"),
    ]
    found = solver.solve([items], start)
    assert found.solved == [True] and found.conflicts == ((),) and found.dropped == ((),)
    values, before = registry.measure_poses(found.rotations[0]), registry.measure_poses(start[0])
    assert Checker(registry).holds(items, values, before) == [True] * 5
    assert found.margins[0] == pytest.approx(Checker(registry).margins(items, values, before), abs=1e-3)


def test_both_sides_alike_and_mirrored(registry, solver, people):
    checker, start = Checker(registry), people[:3]
    before = registry.measure_poses(start)
    for item in (Match("left_arm"), Match("arms", of_before=True)):
        found = solver.solve([[item]] * 3, start)
        assert found.solved == [True] * 3
        assert (checker.margins([item], registry.measure_poses(found.rotations), before) >= 0).all()


def test_edits_stay_local(solver):
    start = standing().rotations[None]
    found = solver.solve([[Statement("left_elbow_right_angle")]], start)
    moved = [JOINT_NAMES[i] for i in range(22) if not torch.equal(found.rotations[0, i], start[0, i])]
    assert found.solved == [True]
    assert moved and set(moved) <= {"left_collar", "left_shoulder", "left_elbow", "left_wrist"}


def test_an_edit_reaches_beyond_what_it_names_only_where_it_must(solver):
    """A hand comes to the knee of a standing body only if the trunk or the leg gives way; the other arm need not."""
    start = standing().rotations[None]
    found = solver.solve([[Statement("left_hand_on_knee")]], start)
    assert found.solved == [True]
    for name in ("right_elbow", "right_wrist", "head"):
        assert torch.equal(found.rotations[0, JOINT[name]], start[0, JOINT[name]])


def test_what_holds_already_is_left_alone(solver):
    start = standing().rotations[None]
    assert torch.equal(solver.solve([[Statement("standing")]], start).rotations, start)


def test_refining_moves_little(registry, solver, people):
    """A statement that a pose misses narrowly is met by moving joints by a few degrees."""
    flexion = registry.measure_poses(people)[:, registry.measure_index["left_elbow_flexion"]]
    bent = (flexion > 20) & (flexion < 90)
    near = people[bent]
    problems = [[Amount("left_elbow_flexion", value + 15, value + 30)] for value in flexion[bent].tolist()]
    found = solver.refine(problems, near)
    assert all(found.solved)
    assert violations(found.rotations).max() == 0
    moved = torch.rad2deg(roma.rotmat_geodesic_distance(found.rotations, near))
    assert moved.mean() < 5


def test_a_contradiction_is_named_and_the_rest_is_done(registry, solver, writer):
    items = [Statement("left_arm_raised"), Statement("left_arm_hanging"), Statement("both_knee_bent")]
    found = solver.solve([items])
    assert found.satisfied[0].count(True) == 2 and found.satisfied[0][2]
    (conflict,) = found.conflicts[0]
    assert set(conflict.items) == set(items[:2]) and conflict.places == (0, 1)
    assert found.dropped == ((0,),)  # what was said last stands
    sentence = explain(conflict, writer, random.Random(0))
    assert sentence.endswith("cannot both hold.") and sentence.count('"') == 4


def test_hedges_give_way_first(solver):
    items = [Statement("left_elbow_straight"), Statement("left_elbow_folded", hedged=True)]
    found = solver.solve([items])
    assert found.dropped == ((1,),) and found.satisfied == [[True, False]]


def test_what_no_body_can_do(solver, writer):
    found = solver.solve([[Amount("left_knee_flexion", 175, 180), Statement("right_knee_bent")]])
    assert found.satisfied == [[False, True]] and found.dropped == ((0,),)
    assert violations(found.rotations).max() == 0
    assert explain(found.conflicts[0][0], writer, random.Random(0)) == (
        '"left knee flexion 175 to 180 degrees" is out of reach.'
    )


def test_a_seed_decides_everything(solver):
    problem = [[Statement("sitting"), Statement("left_hand_on_knee")]] * 3
    first, again, other = (solver.solve(problem, generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1))
    assert torch.equal(first.rotations, again.rotations)
    assert not torch.equal(first.rotations, other.rotations)
    joints, _ = forward_kinematics(first.rotations)
    apart = torch.cdist(joints.flatten(1), joints.flatten(1)) / 22**0.5
    assert apart[0, 1] > 0.03  # repeated in one batch, a problem gets several answers


def test_nothing_asked(solver):
    found = solver.solve([[], [Statement("standing")]])
    assert found.solved == [True, True] and found.rotations.shape == (2, 22, 3, 3)
    assert solver.solve([]).rotations.shape == (0, 22, 3, 3)


def test_wrong_input_is_told(solver):
    with pytest.raises(ValueError, match="unknown predicate 'flying_carpet'"):
        solver.solve([[Statement("flying_carpet")]])
    with pytest.raises(ValueError, match="unknown measure 'tail_length'"):
        solver.solve([[Amount("tail_length", 0, 1)]])
    with pytest.raises(ValueError, match="pass `starts`"):
        solver.solve([[Keep("legs")]])
    with pytest.raises(ValueError, match="for each of 2 problems, found rotations"):
        solver.solve([[Statement("standing")]] * 2, standing().rotations[None])


def test_a_draft_is_where_the_search_begins(solver, people):
    """What is near to a draft is nearer to it than what is found from the words alone."""
    problems = [[Statement("left_arm_raised"), Statement("right_knee_bent")]] * len(people)
    joints, _ = forward_kinematics(face_forward(people))
    apart = []
    for drafts in (people, None):
        found = solver.solve(problems, drafts=drafts)
        assert all(found.solved) and violations(found.rotations).max() == 0
        apart.append((forward_kinematics(found.rotations)[0] - joints).norm(dim=-1).mean().item())
    assert apart[0] < apart[1]
    with pytest.raises(ValueError, match="for each of 2 problems, found rotations"):
        solver.solve(problems[:2], drafts=people)
