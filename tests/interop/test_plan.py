"""The real sizes, by the real key lists, without the weights; and what is missing or too much is named."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from unipose.interop import OfficialFiles, convert
from unipose.interop.checkpoints import Weight
from unipose.interop.lora import Adapter
from unipose.interop.official import Assembled
from unipose.interop.pickles import open_archive
from unipose.interop.plan import make_plan
from unipose.model.config import UniPoseConfig

from .layout import PREFIX, vision, write_base, write_lightning


def real_shapes(golden):
    """Every weight of the published model: the recorded key lists, and those of the language model and of CLIP."""
    shapes = {"model.embed_tokens.weight": (34132, 4096), "lm_head.weight": (34132, 4096), "model.norm.weight": (4096,)}
    sides = {"q": (4096, 4096), "k": (1024, 4096), "v": (1024, 4096), "o": (4096, 4096)}
    for layer in (f"model.layers.{number}." for number in range(32)):
        shapes |= {f"{layer}self_attn.{side}_proj.weight": shape for side, shape in sides.items()}
        shapes |= {f"{layer}mlp.{side}_proj.weight": (14336, 4096) for side in ("gate", "up")}
        shapes |= {f"{layer}mlp.down_proj.weight": (4096, 14336)}
        shapes |= {f"{layer}{norm}_layernorm.weight": (4096,) for norm in ("input", "post_attention")}
    eyes = "model.vision_tower.vision_tower.vision_model."
    shapes |= {f"{eyes}embeddings.class_embedding": (1024,)}
    shapes |= {f"{eyes}embeddings.patch_embedding.weight": (1024, 3, 14, 14)}
    shapes |= {f"{eyes}embeddings.position_embedding.weight": (577, 1024)}
    pairs = {"pre_layrnorm": (1024,), "post_layernorm": (1024,)}
    for layer in (f"encoder.layers.{number}." for number in range(24)):
        pairs |= {f"{layer}self_attn.{side}_proj": (1024, 1024) for side in ("q", "k", "v", "out")}
        pairs |= {f"{layer}mlp.fc1": (4096, 1024), f"{layer}mlp.fc2": (1024, 4096)}
        pairs |= {f"{layer}layer_norm1": (1024,), f"{layer}layer_norm2": (1024,)}
    for name, shape in pairs.items():
        shapes |= {f"{eyes}{name}.weight": shape, f"{eyes}{name}.bias": shape[:1]}
    projector = {"0.weight": (4096, 2304), "0.bias": (4096,), "2.weight": (4096, 4096), "2.bias": (4096,)}
    shapes |= {f"model.mm_projector.{name}": shape for name, shape in projector.items()}
    for prefix, file in (("model.hmr_vit_backbone.", "b_pose_vit"), ("model.pose_vqvae.", "a_pose_vqvae")):
        listed = json.loads((golden / f"{file}.official_keys.json").read_text())
        shapes |= {prefix + name: tuple(shape) for name, shape in listed.items()}
    return shapes


FILES = OfficialFiles(Path("unipose"), Path("base"), Path("tokenhmr"), Path("vqvae"))


def planned(shapes):
    weights = {name: Weight(Path("none"), shape, torch.Tensor) for name, shape in shapes.items()}
    return make_plan(UniPoseConfig.official(), Assembled(weights, Adapter(64, 16, 0.25, {})), FILES, torch.bfloat16)


def test_real_keys_make_the_real_model(golden):
    shapes = real_shapes(golden)
    plan = planned(shapes)
    count = {True: 0, False: 0}
    for name, entry in plan.entries.items():
        count[name.startswith("pose_tokenizer.")] += entry.empty.numel()
    assert count[False] + count[True] == sum(torch.Size(shape).numel() for shape in shapes.values()) + 2048 * 257 + 1
    assert plan.num_bytes == 2 * count[False] + 4 * (count[True] - 1) + 1
    assert 16.3e9 < plan.num_bytes < 16.5e9


def test_some_of_the_real_keys_less_or_of_another_shape(golden):
    whole = real_shapes(golden)
    lost = {
        "model.layers.7.mlp.up_proj.weight": "'base': 2 ",
        "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias": "'base': 2 ",
        "model.hmr_vit_backbone.blocks.31.attn.qkv.weight": "'tokenhmr': 3 ",  # query, key and value
        "model.pose_vqvae.decoder.decoder.16.bias": "'vqvae': 1 ",
        "lm_head.weight": "'unipose/non_lora_trainables.bin': 1 ",
    }
    other = {name: (whole[name][0] + 3, *whole[name][1:]) for name in lost}
    for shapes, what in (({n: s for n, s in whole.items() if n not in lost}, "missing"), (whole | other, "of another")):
        with pytest.raises(ValueError, match="do not make a whole model.*fetch") as caught:
            planned(shapes)
        for home in lost.values():
            assert home + what in str(caught.value)


def rewrite(path, change):
    """Change the state in a checkpoint."""
    state = {name: value.clone() for name, value in open_archive(path).items()}
    change(state)
    if path.suffix == ".ckpt":
        write_lightning(path, state)
    else:
        torch.save(state, path)


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [
        ("trained", PREFIX + "model.embed_tokens.weight", "lacks 1 weights that no other file has, first model.embed"),
        ("trained", PREFIX + "lm_head.weight", "lacks 1 weights that no other file has, first lm_head.weight"),
        ("trained", PREFIX + "model.mm_projector.2.bias", "first model.mm_projector.2.bias; fetch it again"),
        ("tokenhmr", "backbone.last_norm.bias", "tokenhmr_model.ckpt': 1 missing .vision.pose.layernorm.bias"),
        ("pose_vqvae", "decoder.decoder.16.bias", "best_MPJPE.ckpt': 1 missing"),
        ("pose_vqvae", "quantizer.codebook", "has 0 codebooks"),
    ],
)
def test_a_weight_less(spoiled, tmp_path, part, name, said):
    path = {"trained": spoiled.unipose / "non_lora_trainables.bin"}.get(part) or getattr(spoiled, part)
    rewrite(path, lambda state: state.pop(name))
    with pytest.raises(ValueError, match=said):
        convert(spoiled, tmp_path / "out", vision=vision())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [
        ("trained", PREFIX + "model.layers.5.mlp.up_proj.weight", "1 of no use to a model of this config.json"),
        ("trained", PREFIX + "model.novelty.weight", "1 weights that the model has no place for: model.novelty.weight"),
        ("tokenhmr", "backbone.blocks.9.norm1.bias", "of no use .* .model.hmr_vit_backbone.blocks.9.norm1.bias"),
        ("tokenhmr", "my.backbone.norm", "no place for: my.backbone.norm"),
        ("pose_vqvae", "decoder.decoder.99.bias", "of no use"),
        ("pose_vqvae", "second.thing", "no place for: second.thing"),
    ],
)
def test_a_weight_too_many(spoiled, tmp_path, part, name, said):
    path = {"trained": spoiled.unipose / "non_lora_trainables.bin"}.get(part) or getattr(spoiled, part)
    rewrite(path, lambda state: state.update({name: torch.zeros(2)}))
    with pytest.raises(ValueError, match=said):
        convert(spoiled, tmp_path / "out", vision=vision())


def test_the_base_is_as_strict(spoiled, tmp_path):
    base = {}
    for path in spoiled.base.glob("*.safetensors"):
        base |= load_file(path)
    for change, said in (
        ({"model.extra": torch.zeros(1)}, "1 weights that the model has no place for: model.extra"),
        ({"model.norm.weight": torch.zeros(3)}, "base': 1 of another shape .model.norm.weight .3. for .64."),
    ):
        write_base(spoiled.base, base | change)
        with pytest.raises(ValueError, match=said):
            convert(spoiled, tmp_path / "out", vision=vision())
    del base["model.layers.1.self_attn.o_proj.weight"]
    write_base(spoiled.base, base)
    with pytest.raises(ValueError, match="changes 1 modules that are no targets or not in the model"):
        convert(spoiled, tmp_path / "out", vision=vision())


def test_other_ways_to_store_the_base(spoiled, tmp_path):
    base = {}
    for path in spoiled.base.glob("*.safetensors"):
        base |= load_file(path)
        path.unlink()
    (spoiled.base / "model.safetensors.index.json").unlink()
    with pytest.raises(ValueError, match="has no weights: expected model.safetensors .* found nothing"):
        convert(spoiled, tmp_path / "out", vision=vision())
    torch.save(base, spoiled.base / "pytorch_model.bin")
    convert(spoiled, tmp_path / "from_bin", "f32", vision=vision())
    save_file(base, spoiled.base / "model.safetensors")
    convert(spoiled, tmp_path / "from_one", "f32", vision=vision())
    one, other = (load_file(tmp_path / name / "model.safetensors") for name in ("from_bin", "from_one"))
    torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_a_prefix_of_the_training_program(spoiled, tmp_path):
    state = {f"vae.{name}": value.clone() for name, value in open_archive(spoiled.pose_vqvae).items()}
    write_lightning(spoiled.pose_vqvae, state)
    convert(spoiled, tmp_path / "out", vision=vision())
