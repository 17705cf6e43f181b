"""The pose tokenizer: published numbers, both layouts, training state and refusals."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from unipose.body.rotations import matrix_to_rot6d, rot6d_to_matrix, to_y_up
from unipose.body.skeleton import mirror_rotations
from unipose.body.smpl import SmplBody
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.quantizer import Quantizer


def some_rotations(count: int, seed: int = 0) -> torch.Tensor:
    import roma

    generator = torch.Generator().manual_seed(seed)
    return roma.rotvec_to_rotmat(0.6 * torch.randn(count, 22, 3, generator=generator))


@torch.no_grad()
def test_published_encoder_and_codes(published_tokenizer, golden):
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    assert torch.equal(matrix_to_rot6d(io["rotmats"]), io["rot6d"])
    latents = published_tokenizer.latents(io["rotmats"])
    torch.testing.assert_close(latents.transpose(1, 2), io["encoder_out"], atol=1e-5, rtol=0)
    assert torch.equal(published_tokenizer.encode(io["rotmats"]), io["codes"])
    nearest = published_tokenizer.quantizer.distances(latents.flatten(0, 1)).topk(2, largest=False).values
    margin = (nearest[:, 1] - nearest[:, 0]).view_as(io["codes.margin"])
    torch.testing.assert_close(margin, io["codes.margin"], atol=1e-4, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("name", ["codes", "codes_random"])
def test_published_decoder(published_tokenizer, golden, name):
    """Stage by stage, each from what the recording has before it.

    From end to end random weights give short rows, which normalising makes longer with all their rounding: the
    recording itself is 1.2e-5 off exact arithmetic.
    """
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    quantised = published_tokenizer.quantizer.lookup(io[name])
    assert torch.equal(quantised, io[f"{name}.dequant"])
    rot6d = published_tokenizer.decoder(quantised)
    torch.testing.assert_close(rot6d, io[f"{name}.decoder_out_6d"], atol=1e-5, rtol=0)
    rotations = rot6d_to_matrix(io[f"{name}.decoder_out_6d"])
    torch.testing.assert_close(rotations, io[f"{name}.rotmats"], atol=1e-5, rtol=0)
    assert torch.equal(published_tokenizer.decode(io[name]), rot6d_to_matrix(rot6d))


@torch.no_grad()
def test_published_forward(published_tokenizer, golden):
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    output = published_tokenizer(io["rotmats"])
    torch.testing.assert_close(output.rotations, io["forward.pred_body_pose_rotmat"], atol=1e-5, rtol=0)
    torch.testing.assert_close(output.commitment, io["forward.loss_commit"], atol=1e-5, rtol=0)


@torch.no_grad()
def test_published_forward_on_a_body(published_tokenizer, golden):
    pytest.importorskip("smplx")
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    body = SmplBody.load(golden / "f_synthetic_smplh.npz")
    rotations = published_tokenizer(io["rotmats"]).rotations
    vertices, joints = body.vertices(rotations), body.joints(rotations)
    torch.testing.assert_close(vertices, io["forward.pred_body_vertices"], atol=1e-5, rtol=0)
    torch.testing.assert_close(joints, io["forward.pred_body_joints"][:, :22], atol=1e-5, rtol=0)


@torch.no_grad()
def test_published_axes_are_turned_to_ours(published_tokenizer, golden):
    """The release has poses as AMASS has them, Z up."""
    io = load_file(golden / "a_pose_vqvae.io.safetensors")
    codes, plain = io["codes_random"], published_tokenizer.decode(io["codes_random"])
    published_tokenizer.config.z_up = PoseTokenizerConfig.official().z_up
    turned = published_tokenizer.decode(codes)
    assert torch.equal(turned, to_y_up(plain)) and not torch.equal(turned, plain)
    assert torch.equal(published_tokenizer.encode(to_y_up(io["rotmats"])), io["codes"])
    again = published_tokenizer(to_y_up(io["rotmats"])).rotations
    torch.testing.assert_close(again, published_tokenizer.decode(io["codes"]), atol=1e-4, rtol=0)


def test_published_sizes_have_the_published_keys_and_shapes(golden):
    expected = json.loads((golden / "a_pose_vqvae.official_keys.json").read_text())
    found = {
        key: list(value.shape) for key, value in PoseTokenizer(PoseTokenizerConfig.official()).state_dict().items()
    }
    assert expected.items() <= found.items()


def test_published_codebook_steps(golden):
    steps = load_file(golden / "a_quantizer_train.safetensors")
    quantizer = Quantizer(16, 8, decay=0.99, reset="first").train()
    for k in range(3):
        out, commitment, perplexity = quantizer(steps[f"step{k}.x"].transpose(1, 2))
        torch.testing.assert_close(out.transpose(1, 2), steps[f"step{k}.out"])
        torch.testing.assert_close(commitment, steps[f"step{k}.commit_loss"].squeeze())
        torch.testing.assert_close(perplexity, steps[f"step{k}.perplexity"].squeeze())
        torch.testing.assert_close(quantizer.codebook, steps[f"step{k}.codebook_after"])
        torch.testing.assert_close(quantizer.code_sum, steps[f"step{k}.code_sum_after"])
        torch.testing.assert_close(quantizer.code_count, steps[f"step{k}.code_count_after"])
    quantizer.eval()
    before = quantizer.codebook.clone()
    x = steps["eval.x"].transpose(1, 2)
    assert torch.equal(quantizer.codes(x), steps["eval.codes"])
    out, commitment, perplexity = quantizer(x)
    torch.testing.assert_close(out.transpose(1, 2), steps["eval.out"])
    torch.testing.assert_close(commitment, steps["eval.commit_loss"].squeeze())
    torch.testing.assert_close(perplexity, steps["eval.perplexity"].squeeze())
    assert torch.equal(quantizer.codebook, before)  # evaluating moves nothing


def test_codebook_state_survives_a_resume():
    """Cutting training and going on from the saved state gives the run that was not cut."""
    batches = [torch.randn(64, 8, generator=torch.Generator().manual_seed(k)) for k in range(6)]

    def steps(quantizer: Quantizer, which: range) -> Quantizer:
        for k in which:
            torch.manual_seed(k)  # resets draw from the global generator, which the training loop seeds by step
            quantizer.train()(batches[k])
        return quantizer

    whole = steps(Quantizer(32, 8), range(6))
    first = steps(Quantizer(32, 8), range(3))
    second = Quantizer(32, 8)
    second.load_state_dict(first.state_dict())
    steps(second, range(3, 6))
    assert all(
        torch.equal(a, b) for a, b in zip(whole.state_dict().values(), second.state_dict().values(), strict=True)
    )


def test_dead_codes_come_back_to_life():
    quantizer = Quantizer(8, 2).train()
    quantizer.codebook.copy_(torch.full((8, 2), 1000.0))
    quantizer.code_count.fill_(0.5)
    quantizer.initialised.fill_(True)
    quantizer(torch.randn(128, 2, generator=torch.Generator().manual_seed(0)))
    assert (quantizer.codebook.abs() < 10).all(dim=1).sum() >= 7  # all but the one code that won the batch


@pytest.mark.parametrize("layout", ["parts", "conv"])
def test_codes_and_rotations_have_the_stated_shapes(layout):
    config = PoseTokenizerConfig(layout=layout, hidden_size=32, num_codes=64)
    model = PoseTokenizer(config).eval()
    codes = model.encode(some_rotations(3))
    assert codes.shape == (3, config.num_tokens) and codes.dtype == torch.int64
    rotations = model.decode(codes)
    assert rotations.shape == (3, 22, 3, 3) and rotations.dtype == torch.float32
    identity = rotations @ rotations.transpose(-1, -2)
    torch.testing.assert_close(identity, torch.eye(3).expand_as(identity), atol=1e-5, rtol=0)


@torch.no_grad()
def test_limbs_of_a_mirrored_pose_have_the_exchanged_codes():
    model = PoseTokenizer(PoseTokenizerConfig(hidden_size=32)).eval()
    model.quantizer.codebook.normal_(generator=torch.Generator().manual_seed(1))
    rotations = some_rotations(4)
    parts, sizes = zip(*model.config.part_tokens, strict=True)
    plain = dict(zip(parts, model.encode(rotations).split(sizes, 1), strict=True))
    mirrored = dict(zip(parts, model.encode(mirror_rotations(rotations)).split(sizes, 1), strict=True))
    for limb in ("arm", "leg"):
        assert torch.equal(plain[f"left_{limb}"], mirrored[f"right_{limb}"])
        assert torch.equal(plain[f"right_{limb}"], mirrored[f"left_{limb}"])


def test_saved_and_loaded_it_gives_the_same_codes(tmp_path):
    model = PoseTokenizer(PoseTokenizerConfig(hidden_size=32)).eval()
    model.quantizer.codebook.normal_()
    model.save_pretrained(tmp_path)
    again = PoseTokenizer.from_pretrained(tmp_path)
    assert torch.equal(model.encode(some_rotations(2)), again.encode(some_rotations(2)))
    assert not list(tmp_path.glob("*.bin"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.encode(torch.eye(3).expand(2, 21, 3, 3)), r"\[B, 22, 3, 3\], found \[2, 21, 3, 3\]"),
        (lambda m: m.encode(torch.full((1, 22, 3, 3), torch.nan)), "NaN"),
        (lambda m: m.decode(torch.zeros(1, 39, dtype=torch.long)), r"\[B, 40\], found \[1, 39\]"),
        (lambda m: m.decode(torch.full((1, 40), 1024)), r"0..1023, found 1024"),
    ],
)
def test_bad_input_is_refused_in_plain_words(call, message):
    with pytest.raises(ValueError, match=message):
        call(PoseTokenizer(PoseTokenizerConfig(hidden_size=32)).eval())


def test_unknown_layout_and_lopsided_parts_are_refused():
    with pytest.raises(ValueError, match="'parts' or 'conv'"):
        PoseTokenizerConfig(layout="mlp")
    parts = {"trunk": 10, "head": 4, "left_arm": 7, "right_arm": 6, "left_leg": 6, "right_leg": 6}
    with pytest.raises(ValueError, match="both sides"):
        PoseTokenizer(PoseTokenizerConfig(part_tokens=parts))
