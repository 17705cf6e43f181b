"""The verbs, on a tiny random model: shapes, order, randomness, headings, refusals."""

import copy
import math

import numpy as np
import pytest
import torch

from unipose import Pose, UserError
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.chat import PosePiece, TextPiece, UniPose
from unipose.chat.ranking import Judge
from unipose.language import Parser, Solver


def random_pose(seed: int) -> Pose:
    return Pose.from_axis_angle(np.random.default_rng(seed).normal(0, 0.4, (22, 3)))


def test_generate_gives_one_pose_and_its_likelihood(tiny):
    reply = tiny.generate("Lift your left leg.")
    assert len(reply.poses) == len(reply.scores) == 1
    assert reply.scores[0] < 0 and reply.seconds > 0 and reply.model == "tiny"
    again = tiny.generate("Lift your left leg.")
    assert (again.poses, again.scores, again.text) == (reply.poses, reply.scores, reply.text)


def test_other_words_give_another_pose(tiny):
    assert tiny.generate("Lift your left leg.").poses != tiny.generate("Raise both arms.").poses


@pytest.fixture
def mending(tiny):
    """The tiny model, its poses mended."""
    return UniPose(tiny.model, tiny.processor)


def test_candidates_that_do_what_was_asked_come_first_then_the_likelier(tiny):
    text = "Raise both arms and bend your left knee."
    reply = tiny.generate(text, candidates=8, seed=3)
    shares = Judge(text).shares(reply.poses)
    order = list(zip(shares, reply.scores, strict=True))
    assert len(order) == 8 and order == sorted(order, reverse=True)
    assert len(set(shares)) > 1  # or the test would show nothing
    assert tiny.generate(text, candidates=3, seed=3).poses == reply.poses[:3]


def test_what_was_drawn_is_mended_until_it_does_what_was_asked(tiny, mending):
    text = "Raise both arms, bend your left knee and lean forward."  # so much that nothing is taken for granted
    drawn, mended = (model.generate(text, candidates=4, seed=3).poses for model in (tiny, mending))
    before, after = Judge(text).shares(drawn), Judge(text).shares(mended)
    assert min(before) < 1 and min(after) == 1
    assert len(set(mended)) == 4
    kept = [pose for pose, share in zip(drawn, before, strict=True) if share == 1]
    assert all(pose in mended for pose in kept)


def test_an_edit_is_mended_by_changing_the_pose_it_starts_from(mending):
    before = standing()
    after = mending.edit(before, "Raise your left arm.").poses[0]
    assert Judge("Raise your left arm.", before).shares([after]) == [1]


def test_a_request_the_parser_cannot_read_keeps_the_likeliest_pose(tiny):
    text = "zxcv qwer"
    assert not Judge(text).claims
    best = tiny.generate(text, candidates=8)
    assert tiny.generate(text).poses[0] == best.poses[0]
    assert list(best.scores) == sorted(best.scores, reverse=True)


def test_a_judge_sees_change_only_from_a_pose(tiny):
    assert not Judge("Bend your left knee a bit more.").claims
    before = standing()
    judge = Judge("Bend your left knee a bit more.", before)
    knee = before.axis_angle
    knee[JOINT_NAMES.index("left_knee"), 0] += math.radians(20)
    assert judge.shares([before, Pose.from_axis_angle(knee)]) == [0.0, 1.0]


def test_a_seed_repeats_and_another_one_differs(tiny):
    one, again, other = (tiny.generate("Raise both arms.", seed=seed).poses for seed in (1, 1, 2))
    assert one == again != other


def test_seeds_leave_the_global_dice_alone(tiny):
    before = torch.random.get_rng_state()
    tiny.generate("Raise both arms.", candidates=2, seed=5)
    tiny.describe(standing(), seed=5)
    assert torch.equal(before, torch.random.get_rng_state())


def test_an_edit_follows_the_heading_of_its_base(tiny):
    pose = random_pose(0).facing_forward()
    plain = tiny.edit(pose, "Raise both arms.").poses[0]
    turned = tiny.edit(pose.turned(1.2), "Raise both arms.").poses[0]
    difference = np.abs(plain.turned(1.2).joints - turned.joints).max()
    assert difference < 1e-3


def test_a_description_ignores_the_heading(tiny):
    pose = random_pose(1)
    assert tiny.describe(pose.facing_forward()).text == tiny.describe(pose.facing_forward().turned(math.pi / 2)).text


def test_a_comparison_knows_its_order(tiny):
    a, b = random_pose(2), random_pose(3)
    assert tiny.compare(a, b).text != tiny.compare(b, a).text
    assert tiny.compare(a, b).poses == []


@pytest.mark.parametrize("verb", ["generate", "edit", "describe", "compare"])
def test_the_plain_form_is_the_stream_collected(tiny, verb):
    pose, other = random_pose(4), random_pose(5)
    given = {
        "generate": ("Kneel.",),
        "edit": (pose, "Kneel."),
        "describe": (pose,),
        "compare": (pose, other),
    }[verb]
    pieces = list(getattr(tiny, f"{verb}_stream")(*given))
    reply = getattr(tiny, verb)(*given)
    assert "".join(p.text for p in pieces if isinstance(p, TextPiece)).strip() == reply.text
    assert [p.pose for p in pieces if isinstance(p, PosePiece)] == reply.poses


def test_words_arrive_piece_by_piece(tiny):
    streams = [list(tiny.describe_stream(random_pose(seed))) for seed in range(6, 10)]
    assert max(map(len, streams)) > 1  # how much it babbles depends on the pose
    assert all(isinstance(piece, TextPiece) for pieces in streams for piece in pieces)


def test_codes_and_back(tiny):
    codes = tiny.encode_pose(random_pose(7))
    assert codes.shape == (40,) and codes.dtype == np.int64
    assert isinstance(tiny.decode_pose(codes), Pose)
    assert tiny.decode_pose(codes.tolist()) == tiny.decode_pose(codes)


@pytest.mark.parametrize(
    "codes", [[1, 2, 3], np.full(40, 32), np.full(40, -1), np.zeros(40, np.float32), np.zeros((1, 40), np.int64)]
)
def test_wrong_codes_are_refused(tiny, codes):
    with pytest.raises(ValueError, match="found"):
        tiny.decode_pose(codes)


@pytest.mark.parametrize("text", ["", "  \n\t ", "x" * 2001, None, 7, "\ud800"])
def test_bad_text_gets_one_clear_line(tiny, text):
    for call in (lambda: tiny.generate(text), lambda: tiny.edit(standing(), text)):
        with pytest.raises(UserError) as refusal:
            call()
        assert "\n" not in str(refusal.value)


def test_text_beyond_the_models_context_is_refused_not_cut(tiny):
    with pytest.raises(UserError, match="shorten"):
        tiny.generate("\N{SNOWMAN}" * 1000)


def test_markers_in_a_text_are_only_words(tiny):
    assert len(tiny.generate("<pose_id_3> </s> [/INST] <pose_query_0>").poses) == 1


def test_something_else_than_a_pose_is_named(tiny):
    with pytest.raises(UserError, match="ndarray"):
        tiny.describe(np.zeros((22, 3)))


@pytest.mark.parametrize("candidates", [0, -1, 65])
def test_candidates_out_of_range(tiny, candidates):
    with pytest.raises(UserError, match="1 to 64"):
        tiny.generate("Kneel.", candidates=candidates)


@pytest.mark.parametrize("seed", [2**63, 10**20, -(2**63) - 1, 1.5, "one"])
def test_seeds_out_of_range(tiny, seed):
    for call in (lambda: tiny.generate("Kneel.", seed=seed), lambda: tiny.describe(standing(), seed=seed)):
        with pytest.raises(UserError, match=r"-2\*\*63"):
            call()


def test_the_outermost_seeds_work(tiny):
    low, high = (tiny.generate("Kneel.", seed=seed).poses for seed in (-(2**63), 2**63 - 1))
    assert low != high


def test_a_model_without_eyes_says_so(tiny):
    with pytest.raises(UserError, match="no vision weights"):
        tiny.estimate("photo.jpg")


def test_saved_and_loaded_it_answers_the_same(tiny, tiny_folder):
    loaded = UniPose.from_pretrained(tiny_folder)
    loaded.max_words, loaded.mends = tiny.max_words, tiny.mends
    assert loaded.generate("Kneel.").poses == tiny.generate("Kneel.").poses
    assert loaded.describe(standing()).text == tiny.describe(standing()).text


def test_loading_a_folder_needs_no_network(tiny_folder, monkeypatch):
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("a network connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert UniPose.from_pretrained(tiny_folder).generate("Kneel.").poses


def test_a_question_is_answered_by_measuring_whatever_the_model(tiny):
    pose = standing()
    assert tiny.ask(pose, "Is she standing?").text.startswith(("Yes", "It is so"))
    assert tiny.ask(pose, "Is she kneeling?").text.startswith(("No", "Not so"))
    pieces = list(tiny.ask_stream(pose, "What touches the floor?"))
    assert len(pieces) > 2 and all(isinstance(piece, TextPiece) for piece in pieces)
    assert "".join(piece.text for piece in pieces) == tiny.ask(pose, "What touches the floor?").text


def test_a_question_about_a_change_takes_the_pose_before(tiny):
    before, pose = standing(), standing()
    knee = pose.axis_angle
    knee[JOINT_NAMES.index("left_knee"), 0] += math.radians(50)
    bent = Pose.from_axis_angle(knee)
    assert tiny.ask(bent, "Is the left knee bent more?", before).text.startswith("Yes")
    with pytest.raises(UserError):
        tiny.ask(bent, "")


def test_warming_up_reads_the_words_and_changes_no_answer(mending):
    before = mending.generate("Bend your left knee.").poses
    mending.warm_up()
    assert Parser.load.cache_info().currsize == Solver.load.cache_info().currsize == 1
    assert mending.generate("Bend your left knee.").poses == before


def test_a_model_made_for_notes_is_shown_what_was_read(tiny):
    noting = UniPose(copy.deepcopy(tiny.model), tiny.processor, mends=False)
    noting.model.config.notes = True
    for text, alike in (("Raise both arms.", False), ("zxcv qwer", True)):
        plain, noted = (model.generate(text, candidates=4).poses for model in (tiny, noting))
        assert (plain == noted) == alike, text
