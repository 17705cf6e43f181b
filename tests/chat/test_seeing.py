"""A model with eyes in a conversation: a photo is encoded once, and requests are put as the model learnt them."""

import numpy as np
import pytest
import torch
from PIL import Image

from unipose.chat import UniPose, drawing
from unipose.chat.engine import Engine
from unipose.chat.estimating import sight_of
from unipose.chat.looking import Look
from unipose.model.config import UniPoseConfig, VisionConfig
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.photos import Detections, Person

EYES = VisionConfig(
    {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8, "image_size": 28},
    {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": (32, 16)},
)


@pytest.fixture
def seeing(tiny, monkeypatch):
    """The tiny model with eyes, asked in the published manner; what it is asked; how many pictures it encoded."""
    config = UniPoseConfig(
        tiny.model.config.text_config,
        tiny.model.config.pose_tokenizer_config,
        EYES,
        prompt_manner="published",
    )
    torch.manual_seed(1)
    model = UniPoseModel(config).eval()
    processor = UniPoseProcessor.from_config(tiny.processor.tokenizer, config)
    asked, encoded = [], []
    model.vision.projector.register_forward_hook(lambda module, inputs, output: encoded.append(len(output)))

    def decode(model, inputs, *rest):
        asked.append(processor.words(inputs["input_ids"][0].tolist()))
        return real(model, inputs, *rest)

    real = drawing.decode
    monkeypatch.setattr(drawing, "decode", decode)
    return UniPose(model, processor, "seeing", mends=False, detector="none"), asked, encoded


def test_a_photo_is_encoded_once_for_all_that_is_asked_about_it(seeing):
    unipose, asked, encoded = seeing
    photo, other = (Image.new("RGB", (40, 60), colour) for colour in ("red", "blue"))
    first = unipose.estimate(photo).poses[0]
    assert unipose.estimate(photo.copy()).poses[0] == first
    unipose.estimate(photo, hint="Lift your left leg.", seed=3)  # several draws, the same photo
    assert encoded == [1]
    unipose.estimate(other)
    assert encoded == [1, 1] and len(asked) >= 4


@pytest.mark.parametrize("beside", [True, False])
def test_a_picture_is_shown_beside_keypoints_only_to_a_reader_that_gains_by_it(seeing_tiny, monkeypatch, beside):
    model = seeing_tiny.model
    monkeypatch.setattr(model.config.reader_config, "pictures_beside_keypoints", beside)
    engine = Engine(model, seeing_tiny.processor, "seeing")
    points = np.random.default_rng(0).uniform(5, 35, (27, 3))
    points[:, 2] = 0.9
    person = Person((5.0, 5.0, 35.0, 35.0), points)
    photo = Image.new("RGB", (40, 60))
    found = sight_of(engine, Look(photo, Detections((40, 60), (person,)), 0))
    assert (found.picture is not None) == beside and found.keypoints is not None
    assert sight_of(engine, Look(photo, None)).picture is not None


def test_requests_are_put_in_the_sentences_the_model_learnt(seeing, tiny):
    unipose, asked, _ = seeing
    unipose.generate("Lift your left leg.")
    unipose.estimate(Image.new("RGB", (40, 60)))
    assert all("SMPL pose" in words for words in asked)
    assert tiny.model.config.prompt_manner == "own"
