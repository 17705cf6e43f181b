"""All adapters: told by layout, alike in what they promise, and into training's own values."""

from __future__ import annotations

import random
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.errors import mpjpe
from unipose.body.pose import Pose, face_forward, heading_of
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import forward_kinematics
from unipose.data.adapters.banks import TIERS_M, as_bank, diversity_tiers
from unipose.data.adapters.labelled import Labelled
from unipose.data.adapters.table import ADAPTERS, detect, read
from unipose.data.adapters.texts import as_records
from unipose.data.sources import SHIPPABLE_LICENSES, PoseBank
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training.tokenizer import sampling_weights

from . import made_up


def options(name: str, folder) -> dict:
    needs_amass = name in ("posescript", "posefix")
    return {"amass": made_up.amass(folder.parent / f"{folder.name}-amass")} if needs_amass else {}


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_layout_is_told_and_every_item_keeps_the_promises(tmp_path, name):
    folder = made_up.WRITERS[name](tmp_path / "copy")
    assert detect(folder) == name
    items = list(read(folder, **options(name, folder)))
    assert items and len({item.key for item in items}) == len(items)
    assert [item.key for item in items] == [item.key for item in read(folder, name, **options(name, folder))]
    for item in items:
        assert item.dataset == name and item.recording and item.subject
        assert not item.licence.startswith(SHIPPABLE_LICENSES)  # a bank of these never passes for free
        for rotations in (item.rotations, item.partner):
            assert rotations is None or Pose(rotations)
    with pytest.raises(FrozenInstanceError):
        items[0].key = "other"


def test_unknown_layouts_and_names_are_named(tmp_path):
    with pytest.raises(ValueError, match="one of amass, .*found none; name it"):
        detect(tmp_path)
    made_up.amass(tmp_path)
    made_up.coco(tmp_path)
    with pytest.raises(ValueError, match="found several: amass, coco; name it"):
        read(tmp_path)
    with pytest.raises(ValueError, match="unknown dataset 'lsp'; there are amass"):
        read(tmp_path, "lsp")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"split": "dev"}, "k: a split is train, val, test or empty, found 'dev'"),
        ({"rotations": torch.zeros(24, 3, 3)}, r"rotations are float32 \[22, 3, 3\], found torch.float32 \[24, 3, 3\]"),
        ({"keypoints": torch.zeros(17, 3).double()}, "found torch.float64"),
        ({"partner": torch.zeros(22, 3, 3)}, "a partner needs the pose"),
    ],
)
def test_an_item_is_whole(changed, message):
    with pytest.raises(ValueError, match=message):
        Labelled(
            **{"dataset": "d", "key": "k", "recording": "r", "subject": "s", "split": "", "licence": "", **changed}
        )


# -- banks -----------------------------------------------------------------------------------------------------------


def test_a_bank_of_any_dataset_trains(tmp_path):
    bank = as_bank(read(made_up.amass(tmp_path), fps=None))
    assert isinstance(bank, PoseBank) and len(bank) == len(bank.tier) == len(bank.trial) == 39
    assert bank.trial.bincount().tolist() == [10, 24, 5]
    assert sum(bank.licenses.values()) == 39
    assert sampling_weights(bank).sum().item() == pytest.approx(1)
    joints, _ = forward_kinematics(bank.rotations)
    assert (joints[:, 15, 1] > joints[:, 7, 1]).all()  # heads above ankles: Y is up


def test_a_bank_holds_partners_and_leaves_out_what_has_no_pose(tmp_path):
    pairs = list(read(made_up.posefix(tmp_path / "a"), amass=made_up.amass(tmp_path / "b")))
    assert len(as_bank(pairs)) == 4
    without = list(read(made_up.coco(tmp_path / "c")))
    assert len(as_bank([*without, *pairs])) == 4
    with pytest.raises(ValueError, match="no poses for a bank"):
        as_bank(without)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 60), spread=st.floats(0.001, 0.5), seed=st.integers(0, 99))
def test_tiers_keep_their_distance_and_cover_the_rest(count, spread, seed):
    noise = spread * torch.randn(count, 22, 3, generator=torch.Generator().manual_seed(seed))
    rotations = axis_angle_to_matrix(noise)
    tiers = diversity_tiers(rotations)
    joints = forward_kinematics(face_forward(rotations))[0]
    distances = (joints[:, None] - joints[None]).pow(2).sum(-1).mean(-1).sqrt() + torch.eye(count) * 9
    for tier, apart in enumerate(TIERS_M):
        inside = tiers <= tier
        assert distances[inside][:, inside].min() >= apart - 1e-4
        if (~inside).any():
            assert (distances[~inside][:, inside].amin(1) < apart + 1e-4).all()


# -- records ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tokenizer():
    torch.manual_seed(0)
    return PoseTokenizer(PoseTokenizerConfig(num_codes=32, code_width=4, hidden_size=16, num_layers=1)).eval()


def test_captions_become_records_both_ways(tmp_path, tokenizer):
    items = list(read(made_up.posescript(tmp_path / "a"), amass=made_up.amass(tmp_path / "b")))
    records = list(as_records(items, tokenizer, random.Random(0)))
    text = items[0].texts[0]
    assert [(record.task, record.text) for record in records[:2]] == [("generate", text), ("describe", text)]
    assert len(records) == 2 * sum(len(item.texts) for item in items)
    forward = face_forward(items[0].rotations[None])
    assert records[0].poses == (tuple(tokenizer.encode(forward)[0].tolist()),)
    assert all(record.messages() for record in records)
    assert records == list(as_records(items, tokenizer, random.Random(0)))


def test_a_pair_is_turned_as_one(tmp_path, tokenizer):
    item = list(read(made_up.posefix(tmp_path / "a"), amass=made_up.amass(tmp_path / "b")))[0]
    left = replace(item, partner=Pose(item.rotations).turned(0.7).rotations, texts=("Turn left.",))
    edit, compare = as_records([left], tokenizer, random.Random(0))
    assert (edit.task, compare.task) == ("edit", "compare")
    forward = face_forward(item.rotations[None])
    after = Pose(forward[0]).turned(0.7)
    assert after.heading == pytest.approx(0.7, abs=1e-4) and abs(heading_of(forward[0, 0])) < 1e-4
    assert edit.poses[1] == tuple(tokenizer.encode(after.rotations[None])[0].tolist())
    assert mpjpe(forward_kinematics(after.rotations)[0], forward_kinematics(forward[0])[0]) > 10


def test_items_without_words_or_poses_give_no_records(tmp_path, tokenizer):
    for name in ("amass", "coco", "human36m"):
        assert not list(as_records(read(made_up.WRITERS[name](tmp_path / name)), tokenizer, random.Random(0)))
