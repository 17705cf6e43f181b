"""Both ends of the scale, nano and the published 7B, are the same class with other numbers."""

import pytest
import torch

from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.unipose import UniPoseModel


def count(module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_published_sizes():
    config = UniPoseConfig.official()
    vocabulary = config.vocabulary
    assert (vocabulary.base_size, vocabulary.first_code, vocabulary.begin, vocabulary.end) == (
        32000,
        32000,
        34048,
        34049,
    )
    assert (vocabulary.image_start, vocabulary.image_end, vocabulary.first_query) == (34050, 34051, 34052)
    assert vocabulary.size == config.text_config.vocab_size == 34132
    assert (config.vision_config.num_image_tokens, config.vision_config.feature_size) == (576, 2304)
    with torch.device("meta"):
        model = UniPoseModel(config)
    assert count(model.pose_tokenizer) == 12_349_190  # 12.35 M
    assert count(model.vision.pose) == 630_912_000  # 630.9 M
    mistral_7b = 7_241_732_096  # with 32000 rows in table and head
    assert count(model.language_model) + count(model.lm_head) == mistral_7b + 2 * (34132 - 32000) * 4096
    assert [tuple(layer.weight.shape) for layer in (model.vision.projector[0], model.vision.projector[2])] == [
        (4096, 2304),
        (4096, 4096),
    ]


@pytest.mark.parametrize("tied", [True, False])
def test_nano_sizes(tied):
    text = {
        "model_type": "mistral",
        "vocab_size": 2000 + 1024 + 4 + 40,
        "hidden_size": 256,
        "intermediate_size": 1024,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "sliding_window": None,
        "tie_word_embeddings": tied,
    }
    config = UniPoseConfig(text, PoseTokenizerConfig(), pose_slot_embeddings=True, restrict_pose_loss=True)
    assert (config.vocabulary.base_size, config.vocabulary.num_codes, config.vocabulary.num_queries) == (2000, 1024, 40)
    with torch.device("meta"):
        model = UniPoseModel(config)
    assert model.vision is None
    layer = 4 * 256 * 256 + 3 * 256 * 1024 + 2 * 256
    assert count(model.language_model) == 6 * layer + 256 + 3068 * 256
    assert (model.lm_head.weight is model.get_input_embeddings().weight) is tied


def test_configuration_survives_its_file(tmp_path, small_config):
    vision = VisionConfig({"hidden_size": 16, "num_attention_heads": 2}, {"hidden_size": 8, "num_attention_heads": 2})
    config = small_config(vision_config=vision, pose_slot_embeddings=True, pose_loss_weight=0.5, feed_codes_back=True)
    config.save_pretrained(tmp_path)
    loaded = UniPoseConfig.from_pretrained(tmp_path)
    for part in ("text_config", "pose_tokenizer_config", "vision_config"):
        assert type(getattr(loaded, part)) is type(getattr(config, part))
    assert loaded.vision_config.clip_config.to_dict() == vision.clip_config.to_dict()
    assert loaded.pose_tokenizer_config.part_tokens == config.pose_tokenizer_config.part_tokens
    assert loaded.vocabulary == config.vocabulary
    assert (loaded.pose_slot_embeddings, loaded.pose_loss_weight, loaded.feed_codes_back) == (True, 0.5, True)


def test_too_small_a_table_is_refused(small_config):
    with pytest.raises(ValueError, match="vocab_size is 18, but poses alone need 18 rows"):
        small_config(text={"vocab_size": 18})
