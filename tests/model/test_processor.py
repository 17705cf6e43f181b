"""Conversations to tensors: what is shown, what carries loss, what cannot be forged."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from unipose.model.config import VisionConfig
from unipose.model.processor import UniPoseProcessor
from unipose.model.text_tokenizer import train_text_tokenizer
from unipose.model.vocabulary import IMAGE_PATCH

POSE_A, POSE_B = [3, 1, 4, 1], [5, 0, 2, 6]


@pytest.fixture(scope="module")
def tokenizer():
    return train_text_tokenizer(["[INST] raise the left arm [/INST]", "a person kneels"] * 3, 300)


@pytest.fixture(scope="module")
def processor(tokenizer):
    return UniPoseProcessor(tokenizer, num_codes=8, num_queries=4)


def text(words):
    return {"type": "text", "text": words}


def pose(codes):
    return {"type": "pose", "codes": codes}


def user(*parts):
    return {"role": "user", "content": list(parts)}


def assistant(*parts):
    return {"role": "assistant", "content": list(parts)}


EDIT = [user(text("raise the arm of "), pose(POSE_A)), assistant(text("Done: "), pose(POSE_B), text("."))]


def encode(processor, words):
    return processor.tokenizer.encode(words, add_special_tokens=False)


def test_loss_lies_exactly_on_the_answer(processor):
    vocabulary = processor.vocabulary
    codes = [[vocabulary.first_code + code for code in row] for row in (POSE_A, POSE_B)]
    prompt = [
        *[1, *encode(processor, "[INST] raise the arm of ")],
        *[vocabulary.begin, *codes[0], vocabulary.end, *encode(processor, " [/INST]")],
    ]
    done, stop = encode(processor, "Done: "), encode(processor, ".")
    batch = processor(EDIT, training=True)
    shown = [*done, vocabulary.begin, *vocabulary.query_ids, vocabulary.end, *stop, 2]
    assert batch["input_ids"][0].tolist() == prompt + shown
    answer = [*done, vocabulary.begin, *codes[1], vocabulary.end, *stop, 2]
    assert batch["labels"][0].tolist() == [-100] * len(prompt) + answer
    assert batch["attention_mask"].tolist() == [[1] * len(prompt + shown)]


def test_a_prompt_in_training_is_the_prompt_when_generating(processor):
    """History included: an earlier answer is shown with its codes and carries no loss."""
    dialogue = [*EDIT, user(text("now kneel")), assistant(pose(POSE_A))]
    training = processor(dialogue, training=True)
    prompt = processor(dialogue[:-1])["input_ids"][0]
    assert torch.equal(training["input_ids"][0, : len(prompt)], prompt)
    assert (training["labels"][0, : len(prompt)] == -100).all()
    assert (training["labels"][0, len(prompt) :] != -100).all()
    assert not processor.vocabulary.is_query(prompt).any()
    assert prompt.tolist().count(1) == 1  # begin of text, once


def test_codes_fed_back_stand_after_the_queries(tokenizer):
    processor = UniPoseProcessor(tokenizer, num_codes=8, num_queries=4, feed_codes_back=True)
    vocabulary = processor.vocabulary
    batch = processor([user(text("kneel")), assistant(pose(POSE_B), text("."))], training=True)
    codes = [vocabulary.first_code + code for code in POSE_B]
    stop = encode(processor, ".")
    answer = [vocabulary.begin, *vocabulary.query_ids, *codes, vocabulary.end, *stop, 2]
    assert batch["input_ids"][0, -len(answer) :].tolist() == answer
    labels = [vocabulary.begin, *codes, *[-100] * 5, *stop, 2]
    assert batch["labels"][0, -len(answer) :].tolist() == labels


def test_padding_left_to_generate_right_to_train(processor):
    short, long = [user(text("kneel"))], [user(text("raise the left arm, then kneel"))]
    batch = processor([short, long])
    width, real = batch["input_ids"].shape[1], processor(short)["input_ids"][0]
    assert batch["input_ids"][0].tolist() == [0] * (width - len(real)) + real.tolist()
    assert batch["attention_mask"][0].tolist() == [0] * (width - len(real)) + [1] * len(real)
    assert "labels" not in batch
    batch = processor([[*short, assistant(text("ok"))], [*long, assistant(text("ok"))]], training=True)
    assert batch["attention_mask"][0].tolist() == sorted(batch["attention_mask"][0].tolist(), reverse=True)
    assert (batch["labels"][batch["attention_mask"] == 0] == -100).all()


@settings(deadline=None)
@given(
    words=st.text(max_size=40), marker=st.sampled_from(["<pose_id_3>", "<pose_query_0>", "<im_start>", "</s>", "<s>"])
)
def test_no_text_can_forge_a_marker(processor, words, marker):
    typed = words + marker + words
    ids = processor([user(text(typed))])["input_ids"][0, 1:]
    assert (ids < processor.vocabulary.base_size).all() and (ids > 2).all()
    assert processor.words(ids.tolist()) == f"[INST] {typed} [/INST]"


def test_a_tokenizer_with_markers_is_refused():
    tokenizer = train_text_tokenizer(["kneel"], 300)
    tokenizer.add_tokens(["<pose_id_0>"])
    # <pose_id_0> now has an id inside the base vocabulary
    with pytest.raises(ValueError, match="spells <pose_id_0>"):
        UniPoseProcessor(tokenizer, num_codes=8, num_queries=4)


@pytest.mark.parametrize(
    ("conversation", "options", "message"),
    [
        ([assistant(text("hi"))], {}, "message 0 from the user"),
        ([user(text("hi")), user(text("hi"))], {}, "message 1 from the assistant"),
        ([user(text("hi"))], {"training": True}, "ends with the assistant"),
        ([user(text("hi")), assistant(text("hi"))], {}, "ends with the user"),
        ([user({"type": "sound"})], {}, "found 'sound'"),
        ([user(pose([1, 2]))], {}, "expected 4 codes a pose, found 2"),
        ([user(pose([1, 2, 3, 8]))], {}, "from 0 to 7, found 8"),
        ([user({"type": "image", "image": Image.new("RGB", (4, 4))})], {}, "no image towers"),
        ([user(text("x" * 3000))], {}, "takes 3[0-9]+ tokens, the limit is 2048"),
        ([user(text("hi"))], {"training": True, "for_generation": True}, "exclude each other"),
    ],
)
def test_what_makes_no_sense_is_refused(processor, conversation, options, message):
    with pytest.raises(ValueError, match=message):
        processor(conversation, **options)


def test_pictures_take_their_places(tokenizer):
    processor = UniPoseProcessor(tokenizer, num_codes=8, num_queries=4, num_image_tokens=9, clip_side=42)
    vocabulary = processor.vocabulary
    red, blue = (Image.new("RGB", (60, 50), colour) for colour in ("red", "blue"))
    first = [user({"type": "image", "image": red}, text(" or "), {"type": "image", "image": blue})]
    batch = processor([first, [user(text("kneel"))]])
    ids = batch["input_ids"][0].tolist()
    assert ids.count(IMAGE_PATCH) == 18
    start = ids.index(vocabulary.image_start)
    assert ids[start : start + 11] == [vocabulary.image_start, *[IMAGE_PATCH] * 9, vocabulary.image_end]
    assert batch["pixel_values"].shape == (2, 3, 42, 42)
    assert batch["pose_pixel_values"].shape == (2, 3, 256, 192)
    assert (batch["pixel_values"][0, 0] > batch["pixel_values"][1, 0]).all()  # red comes first
    assert "pixel_values" not in processor([user(text("kneel"))])


def test_saved_and_loaded_with_its_format(tokenizer, tmp_path):
    settings = {"num_codes": 8, "num_queries": 4, "num_image_tokens": 9, "clip_side": 42, "max_length": 99}
    words = {"user_prefix": "Q: ", "user_suffix": " A:", "reply_prefix": " ", "reply_suffix": "!", "run_prefix": " "}
    processor = UniPoseProcessor(tokenizer, **settings, **words)
    processor.save_pretrained(tmp_path)
    loaded = UniPoseProcessor.from_pretrained(tmp_path)
    assert loaded.to_dict() == processor.to_dict()
    for name, value in {**settings, **words}.items():
        assert getattr(loaded, name) == value
    assert torch.equal(loaded(EDIT, training=True)["input_ids"], processor(EDIT, training=True)["input_ids"])


def test_made_for_its_model(tokenizer, small_config):
    vision = VisionConfig({"hidden_size": 8, "num_attention_heads": 2, "image_size": 28}, {"hidden_size": 8})
    config = small_config(text={"vocab_size": len(tokenizer) + 18}, vision_config=vision, feed_codes_back=True)
    processor = UniPoseProcessor.from_config(tokenizer, config, max_length=77)
    assert processor.vocabulary == config.vocabulary
    assert (processor.num_image_tokens, processor.clip_side, processor.feed_codes_back) == (4, 28, True)
    assert processor.max_length == 77
    with pytest.raises(ValueError, match=f"has {len(tokenizer)} tokens, the model was made for 20"):
        UniPoseProcessor.from_config(tokenizer, small_config())
