"""Statements suggested by playlists and edits: shown with their origin, without effect until accepted."""

import pytest

from mediarec.library import audit
from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item, Person
from recommender import pipeline
from recommender.models import TasteStatement
from recommender.playlists.store import rename_playlist, save_playlist
from recommender.taste import statement_suggestions, statements
from recommender.types import RecommendRequest
from tests.people import make_bo


def save(person: Person, library: dict[str, Item], name: str, group: str, count: int = 5) -> int:
    return save_playlist(person.pk, name, [library[f"{group} {n}"].pk for n in range(1, count + 1)]).pk


def test_labels_shared_by_most_of_a_playlist_become_a_suggestion(ana: Person, library: dict[str, Item]) -> None:
    save(ana, library, "Sunday", "Soft Song")
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    assert proposal.words <= {"gentle", "piano", "ambient"}
    assert proposal.because == "5 of 5 works in your playlist “Sunday” are that."
    assert len(proposal.item_ids) == 5


def test_a_playlists_name_becomes_a_suggestion(ana: Person, library: dict[str, Item]) -> None:
    number = save(ana, library, "Sunday", "City Clip", count=2)
    assert statement_suggestions.list_suggestions(ana.pk) == []
    rename_playlist(ana.pk, number, "Loud metal")
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    assert proposal.words == {"loud", "metal"}
    assert proposal.because == "Your playlist is called “Loud metal”."


@pytest.mark.parametrize("name", ["With Quiet, City", "Around Quiet, City", "Around Quiet, City and Loud Song 2"])
def test_a_generated_playlist_name_gives_no_suggestion(ana: Person, library: dict[str, Item], name: str) -> None:
    library["City Clip 1"].title = "Quiet, City"
    library["City Clip 1"].save()
    number = save(ana, library, name, "City Clip", count=2)
    assert statement_suggestions.list_suggestions(ana.pk) == []
    rename_playlist(ana.pk, number, "With quiet streets")
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    assert proposal.words == {"quiet", "streets"}


def test_labels_added_by_hand_become_a_suggestion(ana: Person, library: dict[str, Item]) -> None:
    for number in (1, 2):
        item = library[f"Fast Film {number}"]
        audit.record_change(ana, "edited", item, {"tags": item.tags}, {"tags": [*item.tags, "dreamy"]})
        item.tags = [*item.tags, "dreamy"]
        item.save()
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    assert (proposal.text, proposal.because) == ("dreamy", "You marked 2 works as dreamy.")
    assert statement_suggestions.list_suggestions(make_bo().pk) == []


def test_a_suggestion_affects_ranking_only_once_accepted(ana: Person, library: dict[str, Item]) -> None:
    statements.refresh_statements(ana.pk)
    request = RecommendRequest(ana.pk, novelty=0.0, limit=10)
    before = [line.item_id for line in pipeline.recommend(request).items]
    save(ana, library, "Sunday", "Soft Song")
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    assert [line.item_id for line in pipeline.recommend(request).items] == before
    row = statement_suggestions.accept_suggestion(ana.pk, proposal.text)
    assert (row.sign, row.is_active, row.evidence) == (1, True, list(proposal.item_ids))
    assert [line.item_id for line in pipeline.recommend(request).items] != before
    assert statement_suggestions.list_suggestions(ana.pk) == []


def test_a_dismissed_suggestion_is_not_repeated_and_affects_no_ranking(ana: Person, library: dict[str, Item]) -> None:
    save(ana, library, "Sunday", "Soft Song")
    request = RecommendRequest(ana.pk, novelty=0.0, limit=10)
    statements.refresh_statements(ana.pk)
    before = [line.item_id for line in pipeline.recommend(request).items]
    (proposal,) = statement_suggestions.list_suggestions(ana.pk)
    statement_suggestions.dismiss_suggestion(ana.pk, proposal.text)
    assert statement_suggestions.list_suggestions(ana.pk) == []
    assert [line.item_id for line in pipeline.recommend(request).items] == before
    assert proposal.text not in {row.text for row in statements.list_statements(ana.pk)}
    with pytest.raises(NotFoundError):
        statement_suggestions.accept_suggestion(ana.pk, proposal.text)


def test_existing_statements_are_not_suggested(ana: Person, library: dict[str, Item]) -> None:
    save(ana, library, "Sunday", "Soft Song")
    TasteStatement.objects.create(
        person=ana, text="x", feature={"words": sorted(statement_suggestions.list_suggestions(ana.pk)[0].words)}
    )
    assert statement_suggestions.list_suggestions(ana.pk) == []
