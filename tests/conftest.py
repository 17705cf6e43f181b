"""What many tests share: the folder of reference data, a tiny random model, and the embedded one."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_LONG = ("slow", "browser")


def pytest_collection_modifyitems(items):
    """Files with long tests first: where several processes share the files, none is left alone with one at the end."""
    long = {item.path for item in items if any(map(item.get_closest_marker, _LONG))}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: ``UNIPOSE_SHARED``, else ``shared`` beside the repository."""
    folder = Path(os.environ.get("UNIPOSE_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set UNIPOSE_SHARED to the folder")
    return folder


@pytest.fixture(scope="session")
def tiny():
    """A complete model with random weights that answers in milliseconds; its words and poses mean nothing.

    Its poses are told as they are drawn.

    Do not change its weights: it is shared by the whole run.
    """
    import torch

    from unipose import tasks
    from unipose.chat import UniPose
    from unipose.model.config import PoseTokenizerConfig, UniPoseConfig
    from unipose.model.processor import UniPoseProcessor
    from unipose.model.text_tokenizer import train_text_tokenizer
    from unipose.model.unipose import UniPoseModel

    words = train_text_tokenizer([ask for task in tasks.load().values() for ask in task.asks], 400)
    poses = PoseTokenizerConfig(num_codes=32, code_width=4, hidden_size=16, num_layers=1)
    added = UniPoseProcessor(words, poses.num_codes, poses.num_tokens).vocabulary.size
    config = UniPoseConfig(
        text_config={
            "model_type": "mistral",
            "vocab_size": added,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "max_position_embeddings": 1024,
            "sliding_window": None,
            "tie_word_embeddings": True,
            "initializer_range": 0.4,  # large, so that other words give other poses
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": 0,
        },
        pose_tokenizer_config=poses,
        pose_slot_embeddings=True,
    )
    torch.manual_seed(0)
    model = UniPoseModel(config).eval()
    with torch.no_grad():
        model.pose_tokenizer.quantizer.codebook.normal_()
    processor = UniPoseProcessor.from_config(words, config, max_length=1024)
    return UniPose(model, processor, "tiny", max_words=16, mends=False)  # mending its poses would take seconds


@pytest.fixture(scope="session")
def seeing_tiny(tiny):
    """The tiny model with image towers and a pose reader, of random weights, too. It has no detector of its own.

    Its estimates are brought to the keypoints it is given. Do not change its weights.
    """
    import torch

    from unipose.chat import UniPose
    from unipose.model.config import UniPoseConfig, VisionConfig
    from unipose.model.processor import UniPoseProcessor
    from unipose.model.unipose import UniPoseModel
    from unipose.model.vision_config import PoseReaderConfig

    sizes = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1}
    config = UniPoseConfig(
        tiny.model.config.text_config,
        tiny.model.config.pose_tokenizer_config,
        VisionConfig(
            {**sizes, "intermediate_size": 8, "image_size": 28}, {**sizes, "image_size": (32, 16)}, clip_layer=-1
        ),
        reader_config=PoseReaderConfig(hidden_size=16, num_layers=1, finder_size=8, glance_size=3, glance_width=8),
    )
    torch.manual_seed(2)
    model = UniPoseModel(config).eval()
    with torch.no_grad():
        model.pose_tokenizer.quantizer.codebook.normal_()
    processor = UniPoseProcessor.from_config(tiny.processor.tokenizer, config, max_length=1024)
    return UniPose(model, processor, "seeing", max_words=12, detector="none")


@pytest.fixture(scope="session")
def tiny_folder(tiny, tmp_path_factory) -> Path:
    """The tiny model, saved."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tiny.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def nano_folder() -> Path:
    """The embedded model's folder, which is part of the repository; tests that load it are slow."""
    folder = ROOT / "assets" / "nano"
    assert folder.is_dir(), f"no embedded model at {folder}: restore it from the repository"
    return folder
