"""Sizes and words of the official folder: read where they stand, refused where they are others."""

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from transformers import AutoTokenizer

from unipose.interop import convert, read_vision
from unipose.interop.settings import read_words
from unipose.model.config import UniPoseConfig
from unipose.model.processor import UniPoseProcessor

from .layout import VISION, vision


def change(path, **entries):
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_sizes_arrive(converted):
    config = UniPoseConfig.from_pretrained(converted)
    text = config.text_config
    assert (text.hidden_size, text.num_key_value_heads, text.vocab_size) == (64, 2, 508)
    assert text.rope_parameters["rope_theta"] == 1e6 and text.sliding_window is None
    assert (text.bos_token_id, text.eos_token_id, text.pad_token_id) == (1, 2, 0)
    assert config.vision_config.clip_layer == -2 and config.vision_config.feature_size == 72
    assert config.pose_tokenizer_config.layout == "conv" and config.vocabulary.num_codes == 64
    assert config.pose_tokenizer_config.z_up and config.prompt_manner == "published"
    assert not (config.pose_slot_embeddings or config.feed_codes_back or config.notes)


def test_published_prompts(converted):
    processor = UniPoseProcessor.from_pretrained(converted)
    assert (processor.reply_prefix, processor.reply_suffix, processor.run_prefix) == (" ", " ", " ")
    assert (processor.max_length, processor.num_image_tokens) == (2048, 576)
    assert len(processor.tokenizer) == 360 and processor.tokenizer.pad_token_id == 0


@settings(max_examples=50, deadline=None)
@given(text=some.text(max_size=40))
def test_words_come_back_and_no_marker_is_spelled(golden, converted, text):
    import sentencepiece

    oracle = sentencepiece.SentencePieceProcessor(model_file=str(golden / "d_tokenizer.sentencepiece.model"))
    words = AutoTokenizer.from_pretrained(converted)
    ids = words.encode(text, add_special_tokens=False, split_special_tokens=True)
    assert all(token < 360 for token in ids)
    # the oracle adds the space that our prompts write themselves
    assert words.encode(" a" + text, add_special_tokens=False, split_special_tokens=True) == oracle.encode("a" + text)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"rope_scaling": {"type": "linear"}}, "has rope_scaling"),
        ({"mm_projector_type": "linear"}, "has mm_projector_type 'linear', this converter knows 'mlp2x_gelu'"),
        ({"mm_vision_select_feature": "cls_patch"}, "mm_vision_select_feature"),
        ({"tie_word_embeddings": True}, "tie_word_embeddings"),
        ({"mm_hidden_size": 1024}, "mm_hidden_size 1024, but the two image towers give 72"),
        ({"vocab_size": 100}, "leaves|need"),
        ({"vocab_size": 509}, "disagree about|509|tokenizer"),
        ({"hidden_size": 128}, "of another shape"),
        ({"num_hidden_layers": 3}, "base': 9 missing"),
        ({"num_hidden_layers": 1}, "base': 9 of no use"),
        ({"num_attention_heads": "many"}, "config.json'"),
    ],
)
def test_other_sizes(spoiled, tmp_path, entry, said):
    change(spoiled.unipose / "config.json", **entry)
    with pytest.raises(ValueError, match=said) as caught:
        convert(spoiled, tmp_path / "out", vision=vision())
    assert len(str(caught.value).splitlines()) == 1


def test_the_published_towers_are_the_default(release, tmp_path):
    with pytest.raises(ValueError, match="mm_hidden_size 72, but the two image towers give 2304"):
        convert(release, tmp_path / "out")


def test_a_setting_less(spoiled, tmp_path):
    path = spoiled.unipose / "config.json"
    raw = json.loads(path.read_text())
    del raw["rope_theta"]
    path.write_text(json.dumps(raw))
    with pytest.raises(ValueError, match="lacks rope_theta"):
        convert(spoiled, tmp_path / "out", vision=vision())


def test_markers_elsewhere(spoiled, tmp_path):
    path = spoiled.unipose / "added_tokens.json"
    markers = json.loads(path.read_text())
    first, second = list(markers)[:2]
    for wrong in (
        {**markers, first: markers[second], second: markers[first]},
        {name: row for name, row in markers.items() if name != first},
        {**markers, "<more>": 508},
        {name: row + 1 for name, row in markers.items()},
    ):
        path.write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match="disagree about .* fetch the unipose folder again"):
            convert(spoiled, tmp_path / "out", vision=vision())
    path.unlink()  # newer files tell the same in the settings
    told = {str(row): {"content": name, "special": False} for name, row in markers.items()}
    change(spoiled.unipose / "tokenizer_config.json", added_tokens_decoder=told)
    convert(spoiled, tmp_path / "out", vision=vision())


def test_another_spacing(spoiled, tmp_path):
    change(spoiled.unipose / "tokenizer_config.json", legacy=False)
    with pytest.raises(ValueError, match="legacy false"):
        convert(spoiled, tmp_path / "out", vision=vision())


@settings(max_examples=20, deadline=None)
@given(share=some.floats(0, 0.9))
def test_words_cut_anywhere(golden, tmp_path_factory, share):
    whole = (golden / "d_tokenizer.sentencepiece.model").read_bytes()
    path = tmp_path_factory.mktemp("words") / "tokenizer.model"
    path.write_bytes(whole[: int(share * len(whole))])
    try:
        words = read_words(path)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert len(words) < 360  # then the sizes do not fit


@pytest.mark.parametrize("package", ["sentencepiece", "google.protobuf"])
def test_packages_that_read_words_are_asked_for(golden, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # as if not installed
    with pytest.raises(ValueError, match="pip install sentencepiece protobuf"):
        read_words(golden / "d_tokenizer.sentencepiece.model")


def test_sizes_of_towers_in_a_file(tmp_path):
    path = tmp_path / "vision.json"
    path.write_text(json.dumps(VISION))
    assert read_vision(path).feature_size == 72
    for wrong in ({"clip": {}}, {"clip_config": {"hidden_size": "wide"}}, []):
        path.write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match="vision.json"):
            read_vision(path)
