"""ViTPose and its person detector, as two folders of random weights built from configurations: plumbing and places."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.photos import VitPose
from unipose.photos.layouts import layouts


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A detector that calls everything a person, and a ViTPose; neither has learnt anything."""
    from transformers import (
        RTDetrConfig,
        RTDetrForObjectDetection,
        RTDetrImageProcessor,
        VitPoseConfig,
        VitPoseForPoseEstimation,
        VitPoseImageProcessor,
    )

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("vitpose")
    finder = RTDetrConfig(
        id2label={0: "person"}, label2id={"person": 0}, d_model=16, encoder_hidden_dim=16, encoder_ffn_dim=16,
        encoder_attention_heads=2, decoder_attention_heads=2, decoder_ffn_dim=16, decoder_layers=1, num_queries=8,
        decoder_in_channels=[16, 16, 16], encoder_in_channels=[16, 32, 64], num_denoising=0,
        backbone_config={"model_type": "rt_detr_resnet", "embedding_size": 8, "hidden_sizes": [8, 16, 32, 64],
                         "depths": [1, 1, 1, 1], "layer_type": "basic", "out_features": ["stage2", "stage3", "stage4"]},
    )  # fmt: skip
    detector = RTDetrForObjectDetection(finder)
    for head in detector.class_embed if hasattr(detector, "class_embed") else detector.model.decoder.class_embed:
        torch.nn.init.constant_(head.bias, 3.0)
    detector.save_pretrained(root / "finder")
    RTDetrImageProcessor(size={"height": 64, "width": 64}).save_pretrained(root / "finder")
    poses = VitPoseConfig(
        num_labels=17,
        backbone_config={"model_type": "vitpose_backbone", "hidden_size": 16, "num_hidden_layers": 1,
                         "num_attention_heads": 2, "image_size": [256, 192], "patch_size": [16, 16],
                         "out_indices": [1]},
    )  # fmt: skip
    VitPoseForPoseEstimation(poses).save_pretrained(root / "poses")
    VitPoseImageProcessor().save_pretrained(root / "poses")
    return root


def test_people_come_in_our_layout_inside_the_photo(folders):
    detector = VitPose(str(folders / "finder"), str(folders / "poses"))
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8))
    detections = detector.detect(photo)
    assert detections.size == (160, 120) and detections.detector == "ViTPose" and detections.people
    ours = np.isin(KEYPOINT_NAMES, layouts()["coco17"])
    for person in detections.people:
        assert person.world is None and not person.keypoints[~ours].any()
        left, top, right, bottom = person.box
        assert left >= 0 and top >= 0 and right <= 160 and bottom <= 120


def test_a_mark_lands_where_its_heat_is(folders):
    """The middle of the heat map is the middle of the box, and a quarter to the side is a quarter of the wide crop."""
    detector = VitPose(str(folders / "finder"), str(folders / "poses"))
    detector.load()
    *_, measuring, poses = detector._parts
    photo, boxes = Image.new("RGB", (400, 300)), np.array([[100.0, 50.0, 190.0, 170.0]], np.float32)

    class Heat(torch.nn.Module):
        def forward(self, pixel_values, **_):
            from transformers.models.vitpose.modeling_vitpose import VitPoseEstimatorOutput

            heat = torch.zeros(len(pixel_values), 17, 64, 48)
            heat[:, 0, 32, 24] = 0.9
            heat[:, 5, 32, 36] = 0.8
            return VitPoseEstimatorOutput(heatmaps=heat)

    (marks,) = detector._marks(measuring, Heat(), photo, boxes)
    assert marks.shape == (17, 3)
    assert np.abs(marks[0, :2] - (145, 110)).max() < 3
    assert np.abs(marks[5, :2] - (145 + 90 * 1.25 / 4, 110)).max() < 3  # the crop is a quarter wider than the box
    assert marks[0, 2] > marks[5, 2] > 0.3 > marks[1, 2]


def test_what_is_missing_or_of_another_kind_is_told(folders, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match="hf download nobody/nothing-here.*or use BlazePose"):
        VitPose("nobody/nothing-here").load()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no poses that can be read"):
        VitPose(str(folders / "finder"), str(tmp_path)).load()
    other = tmp_path / "other"
    shutil.copytree(folders / "finder", other)
    config = (other / "config.json").read_text().replace('"person"', '"cup"')
    (other / "config.json").write_text(config)
    with pytest.raises(ValueError, match="no class 'person'"):
        VitPose(str(other), str(folders / "poses")).load()
