"""The losses against their plain definitions."""

import pytest
import torch
from torch.nn import functional

from recommender.sequence.attention import attend_pointwise
from recommender.training import losses


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def ask(targets: torch.Tensor) -> losses.Targets:
    return losses.Targets(targets, torch.ones(len(targets)), torch.ones(8, dtype=torch.bool))


def test_the_chunked_softmax_equals_cross_entropy_including_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "CHUNK", 4)
    people, items = draw(10, 6, seed=1).requires_grad_(), draw(7, 6, seed=2).requires_grad_()
    targets, weights = torch.arange(10) % 5, torch.linspace(0.5, 2, 10)
    allowed = torch.tensor([True] * 6 + [False])
    actual = losses.full_softmax(people, items, losses.Targets(targets, weights, allowed))
    logits = (people @ items.T).masked_fill(~allowed, float("-inf"))
    plain = (functional.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
    assert torch.allclose(actual, plain, atol=1e-5)
    leaves = (people, items)
    for own, expected in zip(torch.autograd.grad(actual, leaves), torch.autograd.grad(plain, leaves), strict=True):
        assert torch.allclose(own, expected, atol=1e-5)


def test_sampled_softmax_with_every_item_drawn_once_equals_the_full_softmax() -> None:
    people, items = draw(5, 6, seed=3), draw(8, 6, seed=4)
    targets = torch.tensor([0, 3, 3, 7, 2])
    even = torch.full((8,), -2.0)  # the same chance for all corrects nothing
    actual = losses.sampled_softmax(people, items, ask(targets), torch.arange(8), even)
    assert torch.allclose(actual, functional.cross_entropy(people @ items.T, targets), atol=1e-5)


def test_the_logq_correction_compensates_frequent_draws() -> None:
    people, items = draw(4, 6, seed=5), draw(8, 6, seed=6)
    targets = torch.tensor([0, 1, 2, 3])
    chances = torch.tensor([1.0] * 7 + [9.0]) / 16
    twice = torch.tensor([7] * 9 + [0, 1, 2, 3, 4, 5, 6])  # exactly as often as its chance says
    actual = losses.sampled_softmax(people, items, ask(targets), twice, chances.log())
    plain = functional.cross_entropy(people @ items.T, targets)
    assert torch.allclose(actual, plain, atol=1e-4)


def test_gbce_without_calibration_is_plain_binary_cross_entropy() -> None:
    people, items = draw(3, 6, seed=7), draw(8, 6, seed=8)
    targets, drawn = torch.tensor([0, 1, 2]), torch.tensor([5, 6])
    actual = losses.generalised_bce(people, items, ask(targets), drawn, 0.0)
    log_likelihood = functional.logsigmoid((people * items[targets]).sum(dim=1))
    rivals = functional.logsigmoid(-(people @ items[drawn].T)).sum(dim=1)
    assert torch.allclose(actual, -(log_likelihood + rivals).mean(), atol=1e-5)
    calibrated = losses.generalised_bce(people, items, ask(targets), drawn, 1.0)
    assert torch.allclose(calibrated, -(2 / 7 * log_likelihood + rivals).mean(), atol=1e-5)


def test_negative_feedback_lowers_the_rejected_item_most() -> None:
    person, items = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], requires_grad=True)
    loss = losses.negative_feedback_loss(
        person, items, torch.tensor([0]), torch.ones(1), torch.ones(3, dtype=torch.bool)
    )
    (slope,) = torch.autograd.grad(loss, items)
    assert slope[0, 0] > 0  # a step against the gradient moves the refused item away from the person
    assert slope[1:, 0].max() < 0


def test_the_alignment_loss_is_lowest_for_parallel_content_and_id_vectors() -> None:
    content = draw(6, 4, seed=9)
    shares = torch.ones(6)
    same = losses.alignment_loss(content, 3 * content, shares)
    other = losses.alignment_loss(content, content[torch.tensor([1, 2, 3, 4, 5, 0])], shares)
    assert same < other


@pytest.mark.parametrize("bias_is_shared", [True, False])
def test_chunked_attention_equals_plain_attention_including_gradients(
    bias_is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.sequence.attention.CACHED_SCORES", 60)
    queries, keys, values = (draw(3, 2, 5, 4, seed=seed).requires_grad_() for seed in (1, 2, 3))
    bias = draw(2, 5, 5, seed=4) if bias_is_shared else draw(3, 2, 5, 5, seed=4)
    bias.requires_grad_()
    leaves = (queries, keys, values, bias)
    above = draw(3, 2, 5, 4, seed=5)
    actual = torch.autograd.grad(attend_pointwise(*leaves), leaves, above)
    scores = functional.silu(queries @ keys.transpose(-1, -2) / 2 + bias).tril()
    plain = torch.autograd.grad(scores @ values, leaves, above)
    for own, expected in zip(actual, plain, strict=True):
        assert torch.allclose(own, expected, atol=1e-5)
    with torch.no_grad():
        assert torch.allclose(attend_pointwise(*leaves), scores @ values, atol=1e-5)
