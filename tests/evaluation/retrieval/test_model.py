"""The retrieval evaluator: what it minds and what not, how it learns, and the shipped ones."""

import math

import pytest
import torch
from safetensors import safe_open

from unipose import paths
from unipose.body.pose import yaw_matrix
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES
from unipose.evaluation.metrics import recall
from unipose.evaluation.retrieval import RetrievalConfig, RetrievalModel, load
from unipose.evaluation.retrieval.examples import Examples, Storyteller
from unipose.evaluation.retrieval.model import KINDS
from unipose.evaluation.retrieval.training import teach

WORDS = ["left", "right", "arm", "raised", "lowered", "and"]
MAX_BYTES = 3_000_000


@pytest.fixture(scope="module")
def people() -> torch.Tensor:
    return PosePrior.load().sample(64, torch.Generator().manual_seed(0))


def untrained(poses: int = 1) -> RetrievalModel:
    torch.manual_seed(0)
    return RetrievalModel(RetrievalConfig(WORDS, poses, pose_width=32, text_width=16, space=24)).eval()


@torch.inference_mode()
def test_everything_lies_on_the_unit_sphere(people):
    one, two = untrained(), untrained(2)
    for found in (
        one.encode_poses(people),
        two.encode_poses(torch.stack((people, people.roll(1, 0)), 1)),
        one.encode_texts(["left arm", ""]),
    ):
        assert found.shape[1] == 24
        torch.testing.assert_close(found.norm(dim=-1), torch.ones(len(found)))


@torch.inference_mode()
def test_a_text_means_the_same_beside_a_longer_one():
    model = untrained()
    alone = model.encode_texts(["left arm raised"])
    beside = model.encode_texts(["left arm raised", "left arm raised and right arm lowered and left and right"])
    torch.testing.assert_close(alone[0], beside[0], atol=1e-6, rtol=0)


@torch.inference_mode()
def test_the_order_of_words_matters():
    one, other = untrained().encode_texts(["left arm raised right arm lowered", "right arm raised left arm lowered"])
    assert (one - other).norm() > 1e-3


@torch.inference_mode()
def test_headings_do_not_matter(people):
    turned = people.clone()
    turned[:, 0] = yaw_matrix(torch.linspace(-3, 3, len(people))) @ people[:, 0]
    model = untrained()
    torch.testing.assert_close(model.encode_poses(turned), model.encode_poses(people), atol=1e-4, rtol=0)


@torch.inference_mode()
def test_which_pose_comes_first_matters(people):
    pairs = torch.stack((people, people.roll(1, 0)), dim=1)
    assert (untrained(2).encode_poses(pairs) - untrained(2).encode_poses(pairs.flip(1))).norm(dim=-1).min() > 1e-3


@pytest.mark.parametrize(("poses", "shape"), [(1, (4, 2, 22, 3, 3)), (2, (4, 22, 3, 3)), (1, (4, 24, 3, 3))])
def test_another_number_of_poses_is_refused(poses, shape):
    with pytest.raises(ValueError, match="expected rotations"):
        untrained(poses).encode_poses(torch.zeros(shape))


def test_the_loss_of_a_perfect_match_is_nearly_nothing_and_of_chance_the_logarithm(people):
    model = untrained()
    with torch.no_grad():
        same = model(people[:1].repeat(5, 1, 1, 1), ["left arm"] * 5)
    assert same.item() == pytest.approx(math.log(5), abs=1e-4)


def test_it_learns_which_arm_is_bent(tmp_path):
    """Four kinds of poses with a text each: knowing the kind, the loss is that of guessing among a quarter."""
    count = 32
    kinds = torch.arange(count) % 4
    rotations = torch.eye(3).repeat(count, 1, len(JOINT_NAMES), 1, 1)
    quarter = yaw_matrix(torch.tensor(math.pi / 2))
    for bit, joint in enumerate(("left_elbow", "right_elbow")):
        rotations[(kinds >> bit) % 2 == 1, :, JOINT_NAMES.index(joint)] = quarter
    words = ["both arms straight", "left arm bent", "right arm bent", "both arms bent"]
    losses: list[float] = []
    examples = Examples(rotations, [words[kind] for kind in kinds])
    sizes = {"batch": count, "pose_width": 32, "text_width": 16}
    model = teach(examples, 100, progress=lambda done, loss: losses.append(loss), **sizes)
    assert len(losses) == 100 and losses[0] == pytest.approx(math.log(count), rel=0.1)
    assert losses[-1] < math.log(count / 4) + 0.2
    model.save_pretrained(tmp_path)
    again = RetrievalModel.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        found = (again.encode_texts(words) @ again.encode_poses(rotations[:4]).T).argmax(1)
    assert found.tolist() == [0, 1, 2, 3]


def test_training_ends_in_time(people):
    losses: list[float] = []
    teach(
        Examples(people[:, None], ["left"] * len(people)), 10**6, 0.5, 8, progress=lambda _, loss: losses.append(loss)
    )
    assert 0 < len(losses) < 10**4


def test_too_few_examples_are_refused(people):
    with pytest.raises(ValueError, match="256 examples or more, found 64"):
        teach(Examples(people[:, None], ["left"] * len(people)), 1)


def test_examples_say_something_about_their_poses(people):
    teller = Storyteller(people)
    told, compared = teller.poses(12, seed=0), teller.pairs(12, seed=0)
    assert told.rotations.shape == (len(told), 1, 22, 3, 3) and all(told.texts)
    assert compared.rotations.shape == (len(compared), 2, 22, 3, 3) and all(compared.texts)
    assert teller.poses(12, seed=0).texts == told.texts != teller.poses(12, seed=1).texts


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_ones_are_small_and_half_precision(kind):
    path = paths.assets() / "retrieval" / kind / "model.safetensors"
    assert path.stat().st_size <= MAX_BYTES
    with safe_open(path, "pt") as weights:
        assert {weights.get_slice(name).get_dtype() for name in weights.keys()} == {"F16"}  # noqa: SIM118


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_the_shipped_ones_find_what_is_told(kind, people):
    """Of poses that nobody took: not as well as of captured ones, but far from chance (3 %)."""
    told = getattr(Storyteller(people, mixing=False), kind)(64, seed=0)
    model = load(kind)
    similar = model.encode_texts(told.texts) @ model.encode_poses(told.rotations).T
    assert recall(similar, (1,), pool=32)["R@1"].value > 0.4


def test_unknown_kind_and_missing_weights_say_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="poses, pairs"):
        load("photos")
    load.cache_clear()
    monkeypatch.setenv("UNIPOSE_ASSETS", str(tmp_path))
    with pytest.raises(ValueError, match="train_retrieval"):
        load("poses")
