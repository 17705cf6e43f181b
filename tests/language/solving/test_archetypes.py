"""What names usually look like: every recipe is of a name there is, and what is kept of it is what it is called."""

import pytest
import torch

from unipose.body.limits import clamp
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.language import Archetypes, Checker, Registry, Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import read_files
from unipose.language.solving.archetypes import read_recipes


@pytest.fixture(scope="module")
def recipes():
    return read_recipes()


def test_a_recipe_stands_in_the_file_of_its_field():
    fields = {entry.id.format(side="left"): entry.field for entry in load_lexicon()}
    for file, names in read_files("archetypes").items():
        for name in names or ():
            assert fields.get(name, "postures") == file.removesuffix(".yaml"), name


def test_what_is_kept_is_what_it_is_called_and_typical(recipes):
    registry, kept = Registry.load(), Archetypes.load()
    checker, wrong = Checker(registry), []
    for name, recipe in recipes.items():
        poses = kept.of(name)
        assert len(poses) == len(recipe.pick), f"{name}: run python -m tools.solve_archetypes"
        margins = checker.margins([Statement(name), *recipe.typical], registry.measure_poses(poses))
        if not (margins >= -0.01).all():
            wrong.append(name)
    assert wrong == []


def test_kept_poses_are_within_the_limits_of_joints(recipes):
    poses = torch.cat([Archetypes.load().of(name) for name in recipes])
    moved = forward_kinematics(clamp(poses))[0] - forward_kinematics(poses)[0]
    assert moved.norm(dim=-1).max() < 0.005


def test_most_names_have_one(recipes):
    named = {entry.id.format(side="left") for entry in load_lexicon()}
    assert len(named & set(recipes)) > 0.75 * len(named)


def test_the_other_side_is_the_mirror_image():
    kept = Archetypes.load()
    left = kept.of("left_tree")
    assert len(left) and torch.allclose(kept.of("right_tree"), mirror_rotations(left))
    assert torch.equal(kept.of("either_tree"), left)
    assert len(kept.of("left_elbow_bent")) == 0
