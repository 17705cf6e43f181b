"""The composed model against runs of the official release recorded on tiny random weights.

Prompts, prefill, every decoding step, whole replies, poses and the training loss.
"""

import json
import re

import pytest
import roma
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import DynamicCache, LlamaTokenizer

from unipose.interop import load_official
from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.decoding import DecodeSettings, PoseEvent, TokenEvent, decode
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.model.vocabulary import IMAGE_PATCH

CASES = ("text2pose", "pose_edit_mixed_reply", "pose_difference", "image2pose", "image_difference")
BATCHES = ("batch2_pose_left_padded", "batch2_text_early_eos")


@pytest.fixture(scope="module")
def published(golden):
    """Builds the network of a case: all share their weights, but for the head."""
    raw = json.loads((golden / "d_model.config.json").read_text())
    text = {name: value for name, value in raw.items() if not name.startswith("mm_") and name != "rope_theta"}
    text |= {"model_type": "mistral", "rope_parameters": {"rope_type": "default", "rope_theta": raw["rope_theta"]}}
    vision = VisionConfig(
        {"hidden_size": 40, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4},
        {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
        clip_layer=raw["mm_vision_select_layer"],
    )
    poses = PoseTokenizerConfig.official(num_codes=64, code_width=16, hidden_size=32)
    weights = load_file(golden / "d_model.weights.safetensors")
    tokenizer = load_file(golden / "d_pose_vqvae.weights.safetensors")
    weights |= {f"model.pose_vqvae.{name}": value for name, value in tokenizer.items()}

    def build(record: dict[str, torch.Tensor]) -> UniPoseModel:
        model = UniPoseModel(UniPoseConfig(text, poses, vision)).eval()
        load_official(model, {**weights, "lm_head.weight": record["lm_head.weight"]})
        return model

    return build


def read(golden, case):
    return load_file(golden / f"d_{case}.safetensors")


def inputs_of(record):
    """The recorded prompt as our tensors: one placeholder an image token, only the pictures that exist."""
    rows = [
        [id for old in row for id in ([IMAGE_PATCH] * 576 if old == -200 else [old])]
        for row in record["input_ids"].tolist()
    ]
    ids = torch.tensor(rows)
    count = int((ids == IMAGE_PATCH).sum()) // 576
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids) if count else record["attention_mask_in"].long()}
    if count:
        inputs["pixel_values"] = record["pixel_values_q64"][:count].float() / 64
        inputs["pose_pixel_values"] = record["hmr_images_q64"][:count, :, :, 32:-32].float() / 64
    return inputs


@pytest.mark.parametrize("case", CASES + BATCHES)
@torch.no_grad()
def test_every_step(golden, published, case):
    record = read(golden, case)
    model, inputs = published(record), inputs_of(record)
    real = inputs["attention_mask"].bool()
    pictures = {name: value for name, value in inputs.items() if "pixel" in name}
    embeddings = model.embed(inputs["input_ids"], **pictures)
    torch.testing.assert_close(embeddings[real], record["step0.inputs_embeds"][real], atol=1e-4, rtol=0)
    cache, mask, step = DynamicCache(config=model.config.text_config), inputs["attention_mask"], 0
    while f"step{step}.position_ids" in record:
        if step == 0:
            output = model(**inputs, past_key_values=cache)
        else:
            ids = record[f"step{step}.input_ids"].clone()
            ids[ids == -1] = torch.tensor(model.vocabulary.query_ids * len(ids))[: int((ids == -1).sum())]
            mask = torch.cat([mask, torch.ones_like(ids)], dim=1)
            output = model(ids, attention_mask=mask, past_key_values=cache)
        expected = record[f"step{step}.logits"]
        seen = real[:, -expected.shape[1] :] if step == 0 else torch.ones(expected.shape[:2], dtype=torch.bool)
        found = output.logits[:, -expected.shape[1] :]
        torch.testing.assert_close(found[seen], expected[seen], atol=1e-4, rtol=0, msg=f"step {step}")
        step += 1
    assert step == len([name for name in record if name.endswith(".position_ids")]) > 2


def said(model, inputs):
    """Replies in the recorded form: a dummy begin, the tokens, and the end of text."""
    vocabulary = model.vocabulary
    rows = [[1] for _ in inputs["input_ids"]]
    poses = {}
    for event in decode(model, inputs, DecodeSettings(max_new_tokens=120)):
        if isinstance(event, TokenEvent):
            rows[event.row].append(event.token_id)
        elif isinstance(event, PoseEvent):
            rows[event.row] += [vocabulary.begin, *(event.codes + vocabulary.first_code).tolist(), vocabulary.end]
            poses[event.row] = event.codes
        else:
            assert event.reason == "stop"
            rows[event.row].append(2)
    return rows, poses


@pytest.mark.parametrize("case", [*CASES, "batch2_pose_left_padded"])
@torch.no_grad()
def test_whole_replies(golden, published, case):
    record = read(golden, case)
    model = published(record)
    rows, poses = said(model, inputs_of(record))
    assert rows == record["generated"].tolist()
    assert set(poses) == (set(range(len(rows))) if "evaluate.body_pose_axis_angle" in record else set())
    for row, codes in poses.items():
        # The recording went through axis-angle, which costs up to 2e-4 near pi.
        expected = roma.rotvec_to_rotmat(record["evaluate.body_pose_axis_angle"][row].reshape(22, 3))
        torch.testing.assert_close(model.pose_tokenizer.decode(codes[None])[0], expected, atol=2e-4, rtol=0)


def test_a_row_goes_on_when_another_ends(golden, published):
    """The official loop cuts row 1 when row 0 ends; ours says what row 1 says alone."""
    record = read(golden, "batch2_text_early_eos")
    model, inputs = published(record), inputs_of(record)
    rows, _ = said(model, inputs)
    cut = record["generated"].tolist()
    assert rows[0] == cut[0]
    assert rows[1][: len(cut[1])] == cut[1] and len(rows[1]) > len(cut[1])
    assert said(model, {name: value[1:] for name, value in inputs.items()})[0] == rows[1:]


@torch.no_grad()
def test_training_loss_and_logits(golden, published):
    record = read(golden, "training_forward")
    model = published(record)
    ids, query = record["input_ids"].clone(), record["attention_mask"] == 2
    ids[query] = torch.tensor(model.vocabulary.query_ids).repeat(int(query.sum()) // 80)
    mask = (record["attention_mask"] > 0).long()
    assert torch.equal(model.embed(ids)[mask.bool()], record["inputs_embeds"][mask.bool()])
    output = model(ids, attention_mask=mask, labels=record["labels"])
    torch.testing.assert_close(output.logits[mask.bool()], record["logits"][mask.bool()], atol=1e-4, rtol=0)
    torch.testing.assert_close(output.loss, record["loss"][0], atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def processor(golden, tmp_path_factory):
    """The official chat format over the recorded sentencepiece model."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "tokenizer.model").write_bytes((golden / "d_tokenizer.sentencepiece.model").read_bytes())
    tokenizer = LlamaTokenizer.from_pretrained(folder, add_prefix_space=False)
    tokenizer.pad_token = tokenizer.unk_token
    spaces = {"reply_prefix": " ", "reply_suffix": " ", "run_prefix": " "}
    return UniPoseProcessor(tokenizer, num_codes=64, num_queries=80, num_image_tokens=576, **spaces)


def parts(template, caption, poses, picture=None):
    """A recorded template as message parts; poses in order A, B."""
    order = {"<pose>": 0, "<poseA>": 0, "<poseB>": 1}
    result = []
    for piece in re.split(r"(<pose[AB]?>|<image>)", template.replace("<caption>", caption)):
        if piece in order:
            result.append({"type": "pose", "codes": poses[order[piece]]})
        elif piece == "<image>":
            result.append({"type": "image", "image": picture})
        elif piece:
            result.append({"type": "text", "text": piece})
    return result


@pytest.mark.parametrize("case", CASES + BATCHES)
def test_prompts(golden, processor, case):
    record = read(golden, case)
    told = json.loads((golden / "d_cases.json").read_text())["cases"][case]
    conversations = []
    for row, (prompt, caption) in enumerate(zip(told["prompts"], told["captions"], strict=True)):
        poses = [record[f"pose{name}_codes"][row].tolist() for name in "AB"]
        content = parts(prompt, caption, poses, Image.new("RGB", (8, 8)))
        conversations.append([{"role": "user", "content": content}])
    batch = processor(conversations)
    expected = inputs_of(record)
    assert torch.equal(batch["input_ids"], expected["input_ids"])
    assert torch.equal(batch["attention_mask"], expected["attention_mask"])


def test_training_batch(golden, processor, published):
    record = read(golden, "training_forward")
    told = json.loads((golden / "d_cases.json").read_text())["training_forward"]
    conversations = []
    for row, (task, caption) in enumerate(zip(told["tasks"], told["captions"], strict=True)):
        poses = [record[f"pose{name}_codes"][row].tolist() for name in "AB"]
        conversations.append(
            [
                {"role": "user", "content": parts(task["input"], caption, poses)},
                {"role": "assistant", "content": parts(task["output"], caption, poses)},
            ]
        )
    batch = processor(conversations, training=True)
    assert torch.equal(batch["labels"], record["labels"])
    assert torch.equal(batch["attention_mask"], (record["attention_mask"] > 0).long())
    asked = processor.vocabulary.is_query(batch["input_ids"])
    assert torch.equal(asked, record["attention_mask"] == 2)
    assert torch.equal(batch["input_ids"][~asked], record["input_ids"][~asked])
