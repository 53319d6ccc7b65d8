"""Invariances of the network: causality, padding, missing modalities, unit length."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from recommender.sequence.blocks import BLOCKS
from recommender.sequence.config import RankerConfig
from recommender.sequence.network import SequenceNetwork
from recommender.sequence.tower import ContentTower

TINY = RankerConfig(
    dims=16, heads=2, length=12, tower_hidden=24, modality_dims={"text": 6, "image": 5, "audio": 4}, dropout=0.1
)


def make_network(block: str = "hstu", **changes: int) -> SequenceNetwork:
    torch.manual_seed(3)
    return SequenceNetwork(replace(TINY, block=block, **changes)).eval()  # type: ignore[arg-type]


def make_tower() -> ContentTower:
    tower = make_network().tower
    assert tower is not None
    return tower


def make_vectors(count: int) -> dict[str, Tensor]:
    torch.manual_seed(4)
    return {name: torch.randn(count, dims) for name, dims in TINY.modality_dims.items()}


def mark(count: int, *names: str) -> dict[str, Tensor]:
    return {name: torch.full((count,), name in names) for name in TINY.modality_dims}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_later_event_cannot_change_an_earlier_position(block: str) -> None:
    person = make_network(block).person
    items, types, gaps = torch.randn(2, 8, 16), torch.full((2, 8), 2), torch.zeros(2, 8, dtype=torch.long)
    changed = items.clone()
    changed[:, 5:] = torch.randn(2, 3, 16)
    before, after = person(items, types, gaps), person(changed, types, gaps)
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-6)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


@pytest.mark.parametrize("block", BLOCKS)
def test_padding_before_the_first_event_changes_nothing(block: str) -> None:
    person = make_network(block).person
    items, types, gaps = torch.randn(1, 4, 16), torch.full((1, 4), 2), torch.zeros(1, 4, dtype=torch.long)
    padded = torch.cat([torch.randn(1, 5, 16), items], dim=1)
    padded_types = torch.cat([torch.zeros(1, 5, dtype=torch.long), types], dim=1)
    long = person(padded, padded_types, torch.zeros(1, 9, dtype=torch.long))
    assert torch.allclose(person(items, types, gaps)[:, -1], long[:, -1], atol=1e-5)


def test_untrained_event_types_and_gaps_are_neutral() -> None:
    person = make_network().person
    items = torch.randn(1, 6, 16)
    plain = person(items, torch.full((1, 6), 2), torch.zeros(1, 6, dtype=torch.long))
    typed = person(items, torch.tensor([[1, 2, 5, 7, 9, 10]]), torch.tensor([[0, 1, 2, 5, 9, 12]]))
    assert torch.allclose(plain, typed, atol=1e-6)


def test_values_of_a_missing_modality_are_ignored() -> None:
    tower = make_tower()
    vectors = make_vectors(5)
    other = {**vectors, "image": torch.randn(5, 5), "audio": torch.full((5, 4), 1e4)}
    present = mark(5, "text")
    assert torch.allclose(tower(vectors, present), tower(other, present), atol=1e-6)


def test_a_present_modality_changes_the_item_vector() -> None:
    tower = make_tower()
    vectors = make_vectors(5)
    assert not torch.allclose(tower(vectors, mark(5, "text")), tower(vectors, mark(5, "text", "image")), atol=1e-3)


def test_an_item_without_any_modality_gets_a_finite_vector() -> None:
    embedded = make_tower()(make_vectors(3), mark(3))
    assert torch.isfinite(embedded).all()


def test_modality_dropout_never_drops_the_last_modality() -> None:
    tower = ContentTower(replace(TINY, modality_dropout=0.99))
    torch.manual_seed(5)
    present = tower._drop_modalities(mark(200, "text", "image"))
    assert (present["text"] | present["image"]).all()
    assert not (present["text"] & present["image"]).all()


def test_vectors_of_items_and_people_have_unit_length() -> None:
    network = make_network(id_items=5)
    items = network.embed_items(make_vectors(5), mark(5, "text", "audio"))
    people = network.person(items[None], torch.full((1, 5), 2), torch.zeros(1, 5, dtype=torch.long))
    assert torch.allclose(items.norm(dim=-1), torch.ones(5), atol=1e-5)
    assert torch.allclose(people.norm(dim=-1), torch.ones(1, 5), atol=1e-5)


def test_an_id_without_events_has_no_weight_and_gains_weight_with_events() -> None:
    network = make_network(id_items=3)
    network.set_counts(torch.tensor([0.0, 10.0, 1000.0]))
    content, known = network.embed_parts(make_vectors(3), mark(3, "text"))
    assert content is not None
    assert known is not None
    assert not known[0].any()
    assert torch.equal(network.embed_items(make_vectors(3), mark(3, "text"))[0], content[0])
    assert known[1].norm() < known[2].norm()


def test_nested_widths_are_prefixes_of_unit_length() -> None:
    network = make_network(id_items=0)
    items = network.embed_items(make_vectors(4), mark(4, "text"))
    short = network.truncate(items, 8)
    assert short.shape == (4, 8)
    assert torch.allclose(short.norm(dim=-1), torch.ones(4), atol=1e-5)
    assert torch.allclose(short[0] / short[0, 0], items[0, :8] / items[0, 0], atol=1e-3)


@pytest.mark.parametrize("block", BLOCKS)
def test_trained_time_gaps_distinguish_a_pause_from_consecutive_events(block: str) -> None:
    person = make_network(block).person
    with torch.no_grad():
        for name, parameter in person.named_parameters():
            if name.endswith("bias.times"):
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2)))
    items, types = torch.randn(1, 6, 16), torch.full((1, 6), 2)
    at_once, apart = torch.tensor([[0, 1, 1, 1, 1, 1]]), torch.tensor([[0, 1, 1, 8, 1, 1]])
    assert not torch.allclose(person(items, types, at_once), person(items, types, apart), atol=1e-4)
