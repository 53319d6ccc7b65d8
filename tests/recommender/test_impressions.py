"""What was shown is recorded with the whole request, so that it can be asked again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from mediarec.library.models import Item, Person
from mediarec.library.ownership import Ownership
from recommender import pipeline
from recommender.impressions import read_request, record_shown
from recommender.models import SlateRecord
from recommender.types import Filters, RecommendRequest, Slate
from tests.commands import run_json

pytestmark = pytest.mark.django_db

# One value of each field besides the person; a new field of the request needs a line here.
ASKED: dict[str, Any] = {
    "filters": Filters(kinds=("film",), no_years=((1980, 1989),), ownership=Ownership.NOT_OWNED, year_to=1999),
    "query": "slow and quiet",
    "seed_ids": (1, 2),
    "novelty": 0.75,
    "limit": 7,
    "surface": "chat",
}


def record(request: RecommendRequest) -> SlateRecord:
    shown = pipeline.recommend(RecommendRequest(request.person_id, limit=3)).items
    assert shown
    slate = Slate(uuid4(), request, "popularity", shown)
    record_shown(slate)
    return SlateRecord.objects.get(pk=slate.id)


def test_every_field_of_a_request_is_recorded_and_read_back(cy: Person, library: dict[str, Item]) -> None:
    assert set(ASKED) == {f.name for f in fields(RecommendRequest)} - {"person_id"}
    plain = RecommendRequest(cy.pk)
    for name, value in ASKED.items():
        request = RecommendRequest(cy.pk, **{name: value})
        assert request != plain, name
        assert read_request(record(request)) == request, name


def test_a_recorded_request_can_be_asked_again(ana: Person, library: dict[str, Item]) -> None:
    slate = pipeline.recommend(RecommendRequest(ana.pk, Filters(kinds=("film",)), query="slow", limit=5))
    record_shown(slate)
    again = run_json("recommend", "--slate", str(slate.id))
    assert again["person"] == "ana"
    assert [line["id"] for line in again["items"]] == [line.item_id for line in slate.items]
    with pytest.raises(CommandError, match="was shown"):
        call_command("recommend", "--slate", str(uuid4()))


def test_a_request_recorded_before_a_field_was_there_has_its_default(cy: Person, library: dict[str, Item]) -> None:
    row = record(RecommendRequest(cy.pk, query="jazz"))
    row.request = {"query": "jazz", "of another version": 1}
    assert read_request(row) == RecommendRequest(cy.pk, query="jazz")
