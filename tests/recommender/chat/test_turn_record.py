"""What a turn stores is read back whole, in the form that earlier versions wrote, and a broken row hurts nobody."""

import json
from dataclasses import fields
from typing import Any

import pytest

from mediarec.library.ownership import Ownership
from recommender.chat.parsed_query import Chip, Intent, ParsedQuery
from recommender.chat.turn_record import AskedQuestion, RuleProposal, SlotGuess, TurnRecord, read_chips, read_record
from recommender.types import Filters

EARLIER = """{
  "intent": "rule", "filters": {"none_words": ["horror"], "year_from": 1970, "no_years": [[1980, 1989]],
  "ownership": "owned"}, "query": "quiet", "seed_ids": [4], "seed_titles": ["Heat"], "limit": 7,
  "duration_seconds": 3600, "offered_ids": [1, 2], "refers_to": 9, "relaxed": "Nothing from those years.",
  "moods": ["slow"], "is_standing": true, "expires_on": "2026-03-01", "refused_titles": ["Alien"],
  "unknown_title": "Haet", "near_titles": ["Heat"], "mark": "liked", "clash": "both", "guessed": [["mood:slow",
  "unhasty"]], "tools": ["search: quiet", "rank: 5 by taste"], "open": ["unhasty vibes"],
  "question": {"text": "From when?", "choices": ["older", "newer"]}, "rules": ["No metal."],
  "proposal": {"understood": "No horror.", "filters": {"none_words": ["horror"]}, "leaving": ["It"], "coming": ["Up"],
  "expires_on": "2026-03-01"}, "guesses": [{"slot": "title", "said": "haet", "value": "Heat", "pk": 4}]
}"""
PARSED = ParsedQuery(
    intent=Intent.RULE,
    filters=Filters(none_words=("horror",), year_from=1970, no_years=((1980, 1989),), ownership=Ownership.OWNED),
    query="quiet",
    seed_ids=(4,),
    seed_titles=("Heat",),
    limit=7,
    duration_seconds=3600,
    offered_ids=(1, 2),
    refers_to=9,
    relaxed="Nothing from those years.",
    moods=("slow",),
    is_standing=True,
    expires_on="2026-03-01",
    refused_titles=("Alien",),
    unknown_title="Haet",
    near_titles=("Heat",),
    mark="liked",
    clash="both",
    guessed=(Chip("mood:slow", "", "unhasty"),),
)
RECORD = TurnRecord(
    parsed=PARSED,
    tools=("search: quiet", "rank: 5 by taste"),
    open=("unhasty vibes",),
    question=AskedQuestion("From when?", ("older", "newer")),
    rules=("No metal.",),
    proposal=RuleProposal("No horror.", Filters(none_words=("horror",)), ("It",), ("Up",), "2026-03-01"),
    guesses=(SlotGuess("title", "haet", "Heat", 4),),
)


def test_what_an_earlier_version_stored_is_read_field_by_field() -> None:
    assert read_record(json.loads(EARLIER)) == RECORD


def test_every_field_comes_back_and_the_stored_form_is_the_earlier_one() -> None:
    records: list[Any] = [RECORD, RECORD.parsed]
    for record in records:
        assert [f.name for f in fields(record) if getattr(record, f.name) == getattr(type(record)(), f.name)] == []
    assert json.loads(json.dumps(RECORD.to_json())) == json.loads(EARLIER)


def test_what_is_not_there_is_not_stored() -> None:
    assert not {"question", "proposal", "guesses"} & TurnRecord().to_json().keys()
    assert read_record(TurnRecord().to_json()) == TurnRecord()
    assert TurnRecord(guesses=()).to_json()["guesses"] == []


def test_the_items_of_a_proposal_stay_in_their_own_column() -> None:
    stored = TurnRecord(proposal=RuleProposal("No horror.", after_ids=(1, 2))).to_json()
    assert "after_ids" not in stored["proposal"]


@pytest.mark.parametrize(("guesses", "may"), [(None, True), ((), False), ((SlotGuess("mood", "a", "b"),), False)])
def test_the_language_model_is_asked_once(guesses: tuple[SlotGuess, ...] | None, may: bool) -> None:
    stored = TurnRecord(open=("unhasty",), guesses=guesses).to_json()
    assert read_record(stored).may_guess is may
    assert not read_record({**stored, "open": []}).may_guess


def test_keys_that_are_missing_or_unknown_are_no_hindrance() -> None:
    assert read_record({}) == TurnRecord()
    assert read_record({"intent": "playlist", "mystery": [1], "filters": {"colour": "red"}}) == TurnRecord(
        ParsedQuery(intent=Intent.PLAYLIST)
    )
    assert read_record({"proposal": {"understood": "No.", "by": 1}}).proposal == RuleProposal("No.")
    assert read_record({"question": {"text": "What?"}}).choices == ()
    assert read_record({"guesses": [{"slot": "mood", "said": "a", "value": "b"}]}).guesses == (
        SlotGuess("mood", "a", "b"),
    )


@pytest.mark.parametrize(
    "broken",
    [
        *(None, 7, "text", [], [["a", 1]]),
        *({"intent": "dance"}, {"filters": 3}, {"filters": {"year_from": "long ago"}}, {"filters": {"kinds": "film"}}),
        *({"seed_ids": ["x"]}, {"limit": None}, {"query": 4}, {"expires_on": "soon"}),
        *({"guessed": 3}, {"guessed": [["one"]]}, {"guessed": None}, {"guessed": [[1, 2]]}),
        *({"tools": "rank"}, {"open": 1}, {"question": "What?"}, {"question": {"choices": [1]}}, {"rules": None}),
        *({"proposal": []}, {"proposal": {"filters": {"no_years": [1]}}}, {"proposal": {"expires_on": "soon"}}),
        *({"guesses": [{}]}, {"guesses": {"slot": "mood"}}, {"parsed": 3, "limit": "many"}),
    ],
)
def test_a_broken_row_is_an_empty_record(broken: Any) -> None:
    assert read_record(broken) == TurnRecord()


def test_chips_are_read_and_broken_ones_left_out() -> None:
    chips = (Chip("kind:film", "films"), Chip("mood:slow", "slow", "unhasty"))
    assert read_chips([chip.to_json() for chip in chips]) == chips
    for broken in (None, "films", [3], [{"label": "films"}], {"key": "a"}):
        assert read_chips(broken) == ()
