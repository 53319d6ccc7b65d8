"""What a sentence is understood to ask for, by rules alone."""

import pytest

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor, Item
from mediarec.library.ownership import Ownership
from recommender.chat.parsed_query import Intent, ParsedQuery, list_chips, remove_chip
from recommender.chat.parsing import DialogueState, understand
from recommender.chat.standing_rules import keep_standing
from recommender.types import Filters

KNOWN = frozenset({"heist", "melancholy", "science fiction", "dark"})
AFTER_HORROR = DialogueState(
    query=ParsedQuery(filters=Filters(kinds=("film",), any_words=("horror",))),
    item_ids=(11, 12, 13),
    titles=("One", "Two", "Three"),
    years=(1990, 2000, 2010),
    runtimes_seconds=(6000, 7000, 8000),
    shared_words=("horror",),
)


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    for title in ("Heat", "Blade Runner", "The Lives of Others"):
        Item.objects.create(kind="film", title=title, title_key=normalise_title(title), year=1995)
    Contributor.objects.create(name="Michael Mann", name_key=normalise_title("Michael Mann"))


def understand_filters(sentence: str, context: DialogueState | None = None) -> Filters:
    return understand(sentence, context, KNOWN).filters


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a film from the 70s", Filters(kinds=("film",), year_from=1970, year_to=1979)),
        ("a film from the early 1990s", Filters(kinds=("film",), year_from=1990, year_to=1993)),
        ("movies before 1960", Filters(kinds=("film",), year_to=1959)),
        ("albums since 2010", Filters(kinds=("album",), year_from=2010)),
        ("a film between 1980 and 1989", Filters(kinds=("film",), year_from=1980, year_to=1989)),
        ("a film under 100 minutes", Filters(kinds=("film",), runtime_to_seconds=6000)),
        ("a film over two hours", Filters(kinds=("film",), runtime_from_seconds=7200)),
        ("a film no longer than an hour and a half", Filters(kinds=("film",), runtime_to_seconds=5400)),
        ("a French film that we own", Filters(kinds=("film",), languages=("fr",), ownership=Ownership.OWNED)),
        ("a film I don't own", Filters(kinds=("film",), ownership=Ownership.NOT_OWNED)),
        ("a heist movie", Filters(kinds=("film",), any_words=("heist",))),
        ("comedies", Filters(any_words=("comedy",))),
        ("a film, not too dark", Filters(kinds=("film",), none_words=("dark", "bleak", "grim"))),
        (
            "something to watch, no romcoms",
            Filters(kinds=("film", "series"), none_words=("romantic comedy", "romance")),
        ),
        ("a film by Michael Mann", Filters(kinds=("film",), people=("Michael Mann",))),
        ("a film without Michael Mann", Filters(kinds=("film",), no_people=("Michael Mann",))),
    ],
)
def test_it_reads_what_bounds_the_answer(sentence: str, expected: Filters) -> None:
    assert understand_filters(sentence) == expected


def test_a_mood_directs_without_shutting_anything_out() -> None:
    wish = understand("a slow film", None, KNOWN)
    assert wish.filters == Filters(kinds=("film",))
    assert wish.query == "slow"


def test_titles_after_like_become_seeds_and_are_not_read_as_words() -> None:
    wish = understand("something like Blade Runner and Heat but older", None, KNOWN)
    assert wish.seed_titles == ("Blade Runner", "Heat")
    assert "runner" not in wish.query


def test_a_title_that_the_catalogue_does_not_hold_is_only_words() -> None:
    wish = understand("like Unheard Of Thing", None, KNOWN)
    assert wish.seed_ids == ()
    assert "unheard" in wish.query


def test_a_count_and_a_length_in_one_sentence_are_both_read() -> None:
    wish = understand("three songs for 45 minutes", None, KNOWN)
    assert (wish.limit, wish.duration_seconds) == (3, 2700)


def test_a_playlist_is_recognised_with_its_length() -> None:
    wish = understand("make me a one hour jazz playlist", None, KNOWN)
    assert wish.intent == Intent.PLAYLIST
    assert wish.duration_seconds == 3600
    assert wish.filters.any_words == ("jazz",)


def test_a_standing_wish_keeps_refusals_alone() -> None:
    wish = understand("no more horror films from now on", None, KNOWN)
    assert wish.intent == Intent.RULE
    assert keep_standing(wish, "no more horror films from now on") == Filters(none_words=("horror",))


def test_only_makes_a_standing_wish_shut_the_rest_out() -> None:
    said = "from now on only films we own"
    assert keep_standing(understand(said, None, KNOWN), said) == Filters(kinds=("film",), ownership=Ownership.OWNED)


def test_more_of_something_from_now_on_shuts_nothing_out() -> None:
    said = "from now on I want more jazz"
    assert keep_standing(understand(said, None, KNOWN), said) == Filters(more_words=("jazz",))


def test_no_more_of_that_refers_to_what_the_last_answer_shares() -> None:
    assert understand("no more of that", AFTER_HORROR, KNOWN).filters.none_words == ("horror",)


def test_older_refines_the_last_answer_from_its_years() -> None:
    assert understand_filters("older", AFTER_HORROR) == Filters(kinds=("film",), any_words=("horror",), year_to=1995)


def test_the_second_one_is_the_second_of_the_last_answer() -> None:
    wish = understand("like the second one, but shorter", AFTER_HORROR, KNOWN)
    assert wish.seed_ids == (12,)
    assert wish.filters.runtime_to_seconds == 6300
    assert set(AFTER_HORROR.item_ids) <= set(wish.offered_ids)


def test_why_asks_about_the_item_pointed_at() -> None:
    wish = understand("why the third one?", AFTER_HORROR, KNOWN)
    assert (wish.intent, wish.refers_to) == (Intent.EXPLAIN, 13)


def test_a_new_subject_drops_the_old_one() -> None:
    assert understand_filters("some jazz music", AFTER_HORROR) == Filters(kinds=("track", "album"), any_words=("jazz",))


def test_refusing_what_was_asked_for_takes_the_request_back() -> None:
    filters = understand_filters("but no horror", AFTER_HORROR)
    assert filters.any_words == ()
    assert filters.none_words == ("horror",)


def test_every_chip_can_be_taken_away_and_leaves_an_empty_wish() -> None:
    wish = understand(
        "two French heist films like Heat by Michael Mann from the 90s under 2 hours that we own, not too dark",
        None,
        KNOWN,
    )
    chips = list_chips(wish)
    assert {chip.key.partition(":")[0] for chip in chips} >= {"kind", "seed", "any", "not", "with", "language", "years"}
    for chip in chips:
        wish = remove_chip(wish, chip.key)
    assert list_chips(wish) == []
    assert wish.filters == Filters()


def test_a_wish_survives_being_stored() -> None:
    wish = understand("three French films like Heat from the 90s, not too dark", AFTER_HORROR, KNOWN)
    assert ParsedQuery.from_json(wish.to_json()) == wish


@pytest.mark.parametrize("sentence", ["", "   ", "?!", "x" * 5000, "no no no not", "like like like", "\x00\ufffd"])
def test_odd_sentences_are_a_wish_for_anything(sentence: str) -> None:
    assert understand(sentence, None, KNOWN).intent == Intent.RECOMMEND


def test_a_slot_said_once_is_one_chip() -> None:
    chips = list_chips(understand("a science fiction film, not too dark", None, KNOWN))
    assert [chip.label for chip in chips] == ["films", "science fiction", "no dark"]


def test_a_genre_is_a_filter_and_no_longer_a_word_to_look_for() -> None:
    wish = understand("a slow science fiction film", None, KNOWN)
    assert (wish.query, wish.filters.any_words) == ("slow", ("science fiction", "sci-fi"))
