"""The composed model: loss, slots, files, precision, refusals."""

import pytest
import torch

from unipose.model import unipose as composed
from unipose.model.config import VisionConfig
from unipose.model.decoding import DecodeSettings, decode
from unipose.model.unipose import UniPoseModel
from unipose.model.vision import VisionTower
from unipose.model.vocabulary import IMAGE_PATCH


def reply(vocabulary, pose: bool = True) -> torch.Tensor:
    """A prompt with a pose, and an answer with a pose asked for, int64 [1, T]."""
    codes = [vocabulary.first_code + code for code in (3, 1, 4, 1, 5, 2)]
    asked = [vocabulary.begin, *vocabulary.query_ids, vocabulary.end] if pose else []
    return torch.tensor([[1, 5, vocabulary.begin, *codes, vocabulary.end, 6, *asked, 7, 2]])


def targets(ids: torch.Tensor, vocabulary) -> torch.Tensor:
    """The answer's labels: code 3 everywhere."""
    labels = ids.masked_fill(vocabulary.is_query(ids), vocabulary.first_code + 3)
    labels[:, :11] = -100
    return labels


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_a_few_steps_learn_an_answer(small_model, restricted, tied):
    model = small_model(
        text={"tie_word_embeddings": tied, "initializer_range": 0.02}, restrict_pose_loss=restricted
    ).train()
    ids = reply(model.vocabulary)
    labels = targets(ids, model.vocabulary)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(30):
        output = model(ids, labels=labels, return_logits=False)
        assert output.logits is None
        torch.testing.assert_close(output.loss.detach(), output.text_loss + output.pose_loss)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
        losses.append(output.loss.item())
    assert losses[-1] < 0.2 * losses[0]
    assert all(parameter.grad is None for parameter in model.pose_tokenizer.parameters())


@torch.no_grad()
def test_padding_changes_nothing(small_model):
    model = small_model()
    ids = reply(model.vocabulary)
    expected = model(ids).logits
    for left, right in ((4, 0), (0, 3)):
        padded = torch.nn.functional.pad(ids, (left, right))
        mask = torch.nn.functional.pad(torch.ones_like(ids), (left, right))
        found = model(padded, attention_mask=mask).logits[:, left : left + ids.shape[1]]
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(model(ids, logits_to_keep=2).logits, expected[:, -2:])


@torch.no_grad()
def test_a_code_knows_its_slot(small_model):
    model = small_model(pose_slot_embeddings=True)
    vocabulary, table = model.vocabulary, model.get_input_embeddings().weight
    ids = reply(vocabulary)
    expected = table[ids[0]].clone()
    expected[3:9] += table[vocabulary.first_query :]
    torch.testing.assert_close(model.embed(ids)[0], expected)
    plain = small_model(pose_slot_embeddings=False)
    torch.testing.assert_close(plain.embed(ids)[0], plain.get_input_embeddings().weight[ids[0]])


@pytest.mark.parametrize("tied", [False, True])
@torch.no_grad()
def test_saved_and_loaded(small_model, tmp_path, tied):
    model = small_model(text={"tie_word_embeddings": tied}, pose_slot_embeddings=True)
    model.save_pretrained(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    loaded = UniPoseModel.from_pretrained(tmp_path)
    ids = reply(model.vocabulary)
    assert torch.equal(loaded(ids).logits, model(ids).logits)
    assert (loaded.lm_head.weight is loaded.get_input_embeddings().weight) is tied
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


@torch.no_grad()
def test_poses_stay_exact_in_bfloat16(small_model, tmp_path):
    model = small_model()
    codes = torch.tensor([[3, 1, 4, 1, 5, 2]])
    poses = model.pose_tokenizer.decode(codes)
    again = model.pose_tokenizer.encode(poses)
    exact = {name: tensor.clone() for name, tensor in model.pose_tokenizer.state_dict().items()}
    model.save_pretrained(tmp_path)
    for cast in (UniPoseModel.from_pretrained(tmp_path, dtype=torch.bfloat16), model.to(torch.bfloat16)):
        assert cast.lm_head.weight.dtype == torch.bfloat16
        for name, tensor in cast.pose_tokenizer.state_dict().items():
            assert tensor.dtype == exact[name].dtype and torch.equal(tensor, exact[name]), name
        torch.testing.assert_close(cast.pose_tokenizer.decode(codes), poses)
        assert torch.equal(cast.pose_tokenizer.encode(poses), again)
        assert cast(reply(cast.vocabulary)).logits.isfinite().all()


@pytest.fixture
def seeing_config(small_config):
    """A configuration with image towers that take 4 tokens a picture."""
    vision = VisionConfig(
        {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28},
        {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2},
    )
    return small_config(vision_config=vision)


def test_a_request_without_pictures_runs_no_tower(seeing_config):
    model = UniPoseModel(seeing_config).eval()
    ran = []
    for part in (model.vision, model.vision.clip, model.vision.pose):
        part.register_forward_hook(lambda module, *_: ran.append(module))
    list(decode(model, {"input_ids": torch.tensor([[1, 5, 6]])}, DecodeSettings(max_new_tokens=12, force_pose=True)))
    assert ran == []


def test_loading_builds_the_model_once_and_from_any_place(seeing_config, tmp_path, monkeypatch):
    """No path stands in the files, so a folder may be moved and opened from wherever one is."""
    UniPoseModel(seeing_config).save_pretrained(tmp_path / "here")
    assert str(tmp_path) not in (tmp_path / "here" / "config.json").read_text()
    (tmp_path / "here").rename(tmp_path / "there")
    built = []

    class Counted(VisionTower):
        def __init__(self, *arguments):
            built.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(composed, "VisionTower", Counted)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    UniPoseModel.from_pretrained(tmp_path / "there", use_safetensors=True)
    assert len(built) == 1


def test_words_follow_the_codes_when_fed_back(small_model):
    """With feed_codes_back a word after a pose depends on its codes, not on the queries; and only then."""
    for codes_back in (True, False):
        model = small_model(feed_codes_back=codes_back)
        vocabulary = model.vocabulary
        codes = [vocabulary.first_code + code for code in (3, 1, 4, 1, 5, 2)]
        shown = codes if codes_back else []
        ids = torch.tensor([[1, 5, vocabulary.begin, *vocabulary.query_ids, *shown, vocabulary.end, 7]])
        embeddings = model.embed(ids).detach().requires_grad_()
        model(ids, inputs_embeds=embeddings).logits[0, -1].square().sum().backward()
        felt = embeddings.grad[0].abs().sum(-1) > 0
        assert felt[3:9].any() == (not codes_back)
        assert felt[9 : 9 + len(shown)].all()


def test_pictures_must_fit_the_prompt(seeing_config, small_model):
    torch.manual_seed(0)
    model = UniPoseModel(seeing_config).eval()
    pictures = {"pixel_values": torch.randn(2, 3, 28, 28), "pose_pixel_values": torch.randn(2, 3, 256, 192)}
    ids = torch.tensor([[1, *[IMAGE_PATCH] * 4, 5], [1, 6, *[IMAGE_PATCH] * 4]])
    tokens = model.vision(**pictures)
    embeddings = model.embed(ids, **pictures)
    torch.testing.assert_close(embeddings[0, 1:5], tokens[0])
    torch.testing.assert_close(embeddings[1, 2:], tokens[1])
    with pytest.raises(ValueError, match="room for 4 image tokens, but the pictures give 8"):
        model(ids[:1], **pictures)
    with pytest.raises(ValueError, match="room for 8 image tokens, but the pictures give 0"):
        model(ids)
    with pytest.raises(ValueError, match="only one of them"):
        model(ids, pixel_values=pictures["pixel_values"])
    with pytest.raises(ValueError, match="2 semantic and 1 pose-aware"):
        model(ids, pixel_values=pictures["pixel_values"], pose_pixel_values=pictures["pose_pixel_values"][:1])
    with pytest.raises(ValueError, match="no image towers"):
        small_model()(ids, **pictures)
