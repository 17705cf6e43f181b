"""The linear layer that is taught of frozen vectors: what it learns, and what it keeps in a file."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.language.reading.layer import Layer, learn

LESSON = {"steps": 40, "decay": 1e-3, "smoothing": 0.05}


def clouds(seed: int, counts: dict[str, int]) -> tuple[torch.Tensor, list[str]]:
    """Unit vectors around one corner a name, [N, 16]."""
    dice = torch.Generator().manual_seed(seed)
    labels = [name for name, count in counts.items() for _ in range(count)]
    corners = torch.eye(16)[[list(counts).index(label) for label in labels]]
    return torch.nn.functional.normalize(corners + 0.1 * torch.randn(len(labels), 16, generator=dice), dim=-1), labels


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**16), st.lists(st.integers(1, 9), min_size=2, max_size=6), st.booleans())
def test_what_was_taught_is_told_apart(seed, counts, balanced):
    vectors, labels = clouds(seed, {f"name {i}": count for i, count in enumerate(counts)})
    layer = learn(vectors, labels, **LESSON, balanced=balanced)
    likely = layer(vectors)
    assert layer.names == tuple(sorted(set(labels))) and likely.shape == (len(labels), len(counts))
    assert torch.allclose(likely.sum(-1), torch.ones(len(labels)))
    assert [layer.names[i] for i in likely.argmax(-1)] == labels


def test_teaching_draws_nothing():
    vectors, labels = clouds(0, {"a": 3, "b": 5})
    state = torch.get_rng_state()
    first, second = (learn(vectors, labels, **LESSON) for _ in range(2))
    assert torch.equal(first.weights, second.weights) and torch.equal(first.bias, second.bias)
    assert torch.equal(state, torch.get_rng_state())


def test_the_rare_weigh_more_where_names_are_balanced():
    vectors, labels = clouds(0, {"often": 60, "rare": 2})
    between = torch.nn.functional.normalize(torch.eye(16)[:2].sum(0), dim=0)[None]
    plain, fair = (learn(vectors, labels, **LESSON, balanced=balanced)(between)[0, 1] for balanced in (False, True))
    assert fair > plain


def test_a_layer_is_written_and_read_in_half_precision(tmp_path):
    vectors, labels = clouds(1, {"zebra": 4, "": 4, "ant": 4})
    layer = learn(vectors, labels, **LESSON)
    layer.save(tmp_path / "layer.npz")
    found = Layer.load(tmp_path / "layer.npz")
    assert found.names == ("", "ant", "zebra")
    assert found.weights.dtype == found.bias.dtype == torch.float32
    assert torch.equal(found.weights, layer.weights.half().float())
    assert torch.allclose(found(vectors), layer(vectors), atol=1e-2)


@pytest.mark.parametrize(("weights", "bias"), [((3, 16), (2,)), ((2, 16), (3,)), ((2,), (2,))])
def test_names_weights_and_bias_must_match(weights, bias):
    with pytest.raises(ValueError, match=r"2 names need weights \[2, D\] and a bias \[2\], found"):
        Layer(("a", "b"), torch.zeros(weights), torch.zeros(bias))
