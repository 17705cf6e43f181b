"""People in photos to speak about: every task, with keypoints and with pictures, and the words are true."""

import numpy as np
import pytest
import torch
from PIL import Image

from unipose import tasks
from unipose.body.rotations import axis_angle_to_matrix
from unipose.data.projected import project
from unipose.data.sights import TASKS, SightExample, Sights
from unipose.data.snapshots import Snapshots
from unipose.language import Checker
from unipose.language.items import unspell
from unipose.model.sight import Sight

SIZES = {"side": 28, "size": (32, 24)}


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Pictures of noise whose labels are of made-up poses; every third is for tests."""
    folder = tmp_path_factory.mktemp("album")
    rng, dice = np.random.default_rng(0), torch.Generator().manual_seed(0)
    count = 12
    axis_angle = torch.from_numpy((0.3 * rng.standard_normal((count, 22, 3))).astype(np.float32))
    found = project(axis_angle_to_matrix(axis_angle), dice)
    names = [f"{row:02}.jpg" for row in range(count)]
    for name in names:
        Image.fromarray(rng.integers(0, 255, (64, 48, 3), np.uint8)).save(folder / name)
    marks = rng.uniform([0, 0, 0], [48, 64, 1], (count, 27, 3)).astype(np.float32)
    marks[..., 2] = marks[..., 2] > 0.3
    np.savez(
        folder / "labels.npz",
        image=np.array(names),
        split=np.array(["train", "val", "test"] * 4),
        pose_aa=axis_angle.numpy(),
        keypoints_2d=marks,
        keypoints_3d=found.world.numpy(),
        camera=np.tile(np.float32([30.0, 24.0, 32.0]), (count, 1)),
    )
    return folder


@pytest.fixture(scope="module")
def drawn(tiny_synthesis, album) -> list[SightExample]:
    return Sights(tiny_synthesis, album).batch(120, seed=1)


def test_all_tasks_are_drawn_with_pictures_and_without(drawn):
    assert {example.task for example in drawn} == set(TASKS)
    shown = [person.sight() for example in drawn for person in example.people]
    kinds = {(one.picture is None, one.keypoints is None, one.world is None) for one in shown}
    assert kinds >= {(False, True, True), (False, False, True), (True, False, False), (True, False, True)}
    assert all(len(example.people) == tasks.task(example.task).inputs.count("image") for example in drawn)


def test_a_conversation_is_a_question_with_sights_and_its_answer(drawn):
    for example in drawn:
        ask, answer = example.messages()
        sights = [part["image"] for part in ask["content"] if part["type"] == "image"]
        assert sights and all(isinstance(sight, Sight) for sight in sights)
        kinds = {part["type"] for part in answer["content"]}
        assert kinds == ({"pose"} if example.answers_with_pose else {"text"})
        if example.task == "estimate_hinted":
            words = " ".join(part["text"] for part in ask["content"] if part["type"] == "text")
            assert example.text.split(" (")[0].rstrip(".") in words


def test_what_is_said_is_true_of_the_pose(tiny_synthesis, drawn):
    checker = Checker(tiny_synthesis.registry)
    told = [example for example in drawn if example.statements]
    assert len(told) > 20
    for example in told:
        values = tiny_synthesis.measure(tiny_synthesis.tokenizer.decode(torch.tensor([example.codes[0]])))[0]
        assert all(checker.holds([unspell(one) for one in example.statements], values, None)), example.text


def test_a_batch_depends_on_its_seed_alone(tiny_synthesis, album, drawn):
    again = Sights(tiny_synthesis, album).batch(30, seed=1)
    assert [(one.task, one.text, one.codes) for one in again] == [(one.task, one.text, one.codes) for one in drawn[:30]]
    other = Sights(tiny_synthesis, album).batch(30, seed=2)
    assert [one.codes for one in other] != [one.codes for one in again]


def test_without_pictures_there_are_keypoints(tiny_synthesis):
    people = [person for example in Sights(tiny_synthesis).batch(20, seed=0) for person in example.people]
    assert all(person.picture is None and person.keypoints is not None for person in people)


# -- folders that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda folder: (folder / "labels.npz").unlink(), "no labels.npz"),
        (lambda folder: np.savez(folder / "labels.npz", image=np.array(["a"])), "lacks"),
        (lambda folder: (folder / "00.jpg").unlink(), "no photo at"),
    ],
)
def test_a_folder_that_is_not_in_the_layout_is_refused(album, tmp_path, change, complaint):
    for file in album.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    change(tmp_path)
    with pytest.raises(ValueError, match=complaint):
        Snapshots.load(tmp_path, "train", **SIZES)
    with pytest.raises(ValueError, match="split is one of"):
        Snapshots.load(tmp_path, "all", **SIZES)


def test_a_split_without_pictures_is_refused(tiny_synthesis, album, tmp_path):
    with np.load(album / "labels.npz") as archive:
        arrays = dict(archive) | {"split": np.array(["val"] * 12)}
    np.savez(tmp_path / "labels.npz", **arrays)
    with pytest.raises(ValueError, match="are in split 'train'"):
        Sights(tiny_synthesis, tmp_path)
