"""The reference mode: what the release does, its defects included, against recordings of it."""

import pytest
import roma
import torch
from PIL import Image
from safetensors.torch import load_file

from unipose.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from unipose.model.reference import first_pose, reference_answer, reference_decode, reference_mask
from unipose.model.reference_poses import (
    matrix_to_quaternion,
    quaternion_to_axis_angle,
    reference_decode_poses,
    reference_encode,
)

from .recorded import BATCHES, CASES, conversations_of, inputs_of, read, told
from .test_decoding import PROMPTS, batch, lean


@pytest.mark.parametrize("case", CASES + BATCHES)
def test_whole_batches_as_published(golden, published, case):
    """The second row of ``batch2_text_early_eos`` is cut where the first ends, as recorded."""
    record = read(golden, case)
    found = reference_decode(published(record), inputs_of(record))
    assert torch.equal(found, record["generated"])


@pytest.mark.parametrize("case", ["text2pose", "pose_edit_mixed_reply", "pose_difference", *BATCHES])
def test_answers_are_poses_or_words(golden, published, published_processor, case):
    record, words = read(golden, case), told(golden)["cases"][case]["evaluate"]
    model, conversations = published(record), conversations_of(golden, case, Image.new("RGB", (8, 8)))
    reply = reference_answer(model, published_processor, conversations, pose_dtype=torch.float32)
    assert reply.texts == (None if words["text"] is None else tuple(words["text"]))
    if words["body_pose"] is None:
        assert reply.axis_angle is None
    else:
        close_turns(reply.axis_angle, record["evaluate.body_pose_axis_angle"].view(-1, 22, 3))


@pytest.mark.parametrize("case", [case for case in CASES + BATCHES if not case.startswith("image")])
def test_who_sees_whom(golden, case):
    record = read(golden, case)
    for step in range(told(golden)["cases"][case]["steps"]):
        kinds, allowed = record[f"step{step}.attention_mask"], record[f"step{step}.allowed"].bool()
        new = allowed.shape[2]
        meant = kinds[:, -new:] != 0
        assert torch.equal(reference_mask(kinds, new)[:, 0][meant], allowed[:, 0][meant])


def test_two_poses_are_one_block():
    """w b q q e b q q: the second begin sees its queries, and the end between the poses sees them too."""
    found = reference_mask(torch.tensor([[1, 1, 2, 2, 1, 1, 2, 2]]), 8)[0, 0]
    drawn = ["".join("x" if one else "." for one in row) for row in found]
    assert drawn == ["x.......", "xx......", *["xxxxxxxx"] * 6]


def test_one_row_that_begins_a_pose_makes_all_begin(small_model):
    """And each row's first codes are read, though only one of them meant a pose."""
    model = small_model()
    with torch.no_grad():
        logits = [model(torch.tensor([prompt])).logits[0, -1] for prompt in PROMPTS]
    wanting = [float(row.max() - row[model.vocabulary.begin]) for row in logits]
    order = sorted(range(len(PROMPTS)), key=lambda index: wanting[index])
    lean(model, model.vocabulary.begin, (wanting[order[0]] + wanting[order[1]]) / 2)
    keen, other = PROMPTS[order[0]], PROMPTS[order[1]]
    alone = reference_decode(model, batch([other]), max_new_tokens=1)
    assert alone[0, 1] != model.vocabulary.begin
    found = token_ids(model, [keen, other])
    assert (found[:, 1] == model.vocabulary.begin).all()


def token_ids(model, prompts):
    """Tokens of a reply with room for one pose and little more, codes kept among the codes."""
    codes = torch.full((model.vocabulary.size,), -1000.0)
    codes[model.vocabulary.code_rows] = 0

    def only_codes(module, inputs, logits):
        return logits + codes if logits.shape[1] == model.vocabulary.num_queries else logits

    handle = model.lm_head.register_forward_hook(only_codes)
    try:
        return reference_decode(model, batch(prompts), max_new_tokens=model.vocabulary.num_queries + 2)
    finally:
        handle.remove()


def test_a_pose_that_does_not_fit_is_a_clear_error(small_model):
    model = small_model()
    lean(model, model.vocabulary.begin, 1000.0)
    with pytest.raises(ValueError, match="needs 8 tokens of a reply of at most 7"):
        reference_decode(model, batch(PROMPTS[:1]), max_new_tokens=7)


def test_begin_inside_a_pose_is_a_clear_error(small_model):
    model = small_model()
    lean(model, model.vocabulary.begin, 1000.0)
    with pytest.raises(ValueError, match="begin-of-pose stands inside a pose"):
        reference_decode(model, batch(PROMPTS[:1]), max_new_tokens=20)


@pytest.mark.parametrize("marker", ["end", "first_query", "first_code"])
def test_a_marker_may_be_said_as_a_word(small_model, marker):
    """Words, too, are the likeliest of the whole vocabulary."""
    model = small_model()
    token = getattr(model.vocabulary, marker)
    lean(model, token, 1000.0)
    assert reference_decode(model, batch(PROMPTS[:2]), max_new_tokens=3).tolist() == [[1, token, token, token]] * 2


def test_a_word_among_the_codes_is_named(small_model):
    vocabulary = small_model().vocabulary
    good = [1, 5, vocabulary.begin, *[vocabulary.first_code + code for code in (3, 1, 4, 1, 5, 2)], vocabulary.end, 2]
    assert first_pose(torch.tensor([good]), vocabulary).tolist() == [[3, 1, 4, 1, 5, 2]]
    assert first_pose(torch.tensor([[1, 5, 2]]), vocabulary) is None
    bad = list(good)
    bad[5] = 7
    with pytest.raises(ValueError, match="row 1 has token 7 in slot 2"):
        first_pose(torch.tensor([good, bad]), vocabulary)


def test_a_model_that_reads_its_codes_back_is_refused(small_model):
    with pytest.raises(ValueError, match="reads its codes back"):
        reference_decode(small_model(feed_codes_back=True), batch(PROMPTS[:1]))


# -- the arithmetic of poses -----------------------------------------------------------------------------------------


def close_turns(found, expected):
    """Axis-angles agree to 1e-5, near no turn and half a turn to 2e-3."""
    angle = expected.norm(dim=-1)
    delicate = (angle < 0.02) | (angle > 3.1)
    torch.testing.assert_close(found[~delicate], expected[~delicate], atol=1e-5, rtol=0)
    torch.testing.assert_close(found[delicate], expected[delicate], atol=2e-3, rtol=0)


@pytest.fixture(params=["f32", "f64"])
def rotations(request, golden):
    stored = load_file(golden / "e_rotations.safetensors")
    return {name.partition(".")[2]: value for name, value in stored.items() if name.startswith(request.param)}


def test_published_quaternions(rotations):
    found = matrix_to_quaternion(rotations["matrix"])
    torch.testing.assert_close(found, rotations["quaternion_from_matrix"], atol=1e-5, rtol=0)
    assert (found[:, 0] >= 0).all()


def test_a_half_turn_loses_the_signs_of_its_axis():
    """Published so; the default conversion turns as the matrix does."""
    axis = torch.tensor([1.0, -1.0, 0.5]) / 1.5
    matrix = 2 * torch.outer(axis, axis) - torch.eye(3)
    published = quaternion_to_axis_angle(matrix_to_quaternion(matrix))
    torch.testing.assert_close(published, torch.pi * axis.abs(), atol=2e-3, rtol=0)
    found = axis_angle_to_matrix(matrix_to_axis_angle(matrix))
    torch.testing.assert_close(found, matrix, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["axis_angle_from_matrix", "axis_angle_from_raw6d_matrix"])
def test_published_axis_angles(rotations, name):
    matrix = rotations["matrix" if name == "axis_angle_from_matrix" else "matrix_from_raw6d"]
    close_turns(quaternion_to_axis_angle(matrix_to_quaternion(matrix)), rotations[name])


def test_no_turn_is_no_turn():
    assert (quaternion_to_axis_angle(torch.tensor([1.0, 0.0, 0.0, 0.0])) == 0).all()


@pytest.mark.parametrize("name", ["codes", "codes_random"])
def test_published_decoding_of_poses(published_tokenizer, golden, name):
    """From the recorded matrices on, and before them by what ``test_pose_tokenizer`` compares stage by stage."""
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    converted = quaternion_to_axis_angle(matrix_to_quaternion(io[f"{name}.rotmats"]))
    close_turns(converted, io[f"{name}.axis_angle"].view(-1, 22, 3))
    found = reference_decode_poses(published_tokenizer, io[name], dtype=torch.float32)
    assert torch.equal(found, quaternion_to_axis_angle(matrix_to_quaternion(published_tokenizer.decode(io[name]))))


@torch.no_grad()
def test_rounding_costs_what_it_cost_the_release(published_tokenizer, golden):
    """In bfloat16 some codes flip and joints turn by degrees; in float32, the default elsewhere, nothing does."""
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    assert torch.equal(reference_encode(published_tokenizer, io["rotmats"], torch.float32), io["codes"])
    rounded = reference_encode(published_tokenizer, io["rotmats"])
    assert 0.005 < (rounded != io["codes"]).float().mean() < 0.08  # recorded: 3.75 %
    assert (rounded == io["bf16.codes"]).float().mean() > 0.95
    exact = published_tokenizer.decode(io["codes_random"])
    rough = axis_angle_to_matrix(reference_decode_poses(published_tokenizer, io["codes_random"]))
    errors = roma.rotmat_geodesic_distance(rough, exact).rad2deg()
    assert 0.5 < errors.mean() < 3 and errors.max() > 3
    assert (rough - io["bf16.codes_random.rotmats"]).abs().mean() < 0.01
