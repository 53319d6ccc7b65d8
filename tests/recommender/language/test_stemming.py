"""Words of one stem are related; words that differ in number only are the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender.language.stemming import fold_number, stem


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("animation", "animated"),
        ("comedy", "comedies"),
        ("mystery", "mysterious"),
        ("loop", "loops"),
        ("wars", "war"),
        ("fishing", "fished"),
        ("documentary", "documentaries"),
    ],
)
def test_related_words_share_a_stem(first: str, second: str) -> None:
    assert stem(first) == stem(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("interesting", "international"), ("space", "spaceship"), ("composer", "composition"), ("contract", "contralto")],
)
def test_words_that_only_begin_alike_do_not(first: str, second: str) -> None:
    assert stem(first) != stem(second)


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("films", "film"),
        ("comedies", "comedy"),
        ("movies", "movie"),
        ("series", "series"),
        ("spies", "spy"),
        ("plays", "play"),
        ("witches", "witch"),
        ("horses", "horse"),
        ("boxes", "box"),
        ("heroes", "hero"),
        ("classes", "class"),
        ("buses", "bus"),
        ("blues", "blues"),
        ("tangos", "tango"),
    ],
)
def test_singular_and_plural_are_one_word(plural: str, singular: str) -> None:
    assert fold_number(plural) == fold_number(singular)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("music", "musical"),
        ("animation", "animals"),
        ("depression", "depressing"),
        ("soul", "soulful"),
        ("planes", "plan"),
        ("stars", "stare"),
        ("news", "new"),
        ("genius", "geniu"),
        ("this", "thi"),
        ("gas", "ga"),
    ],
)
def test_another_word_is_another_word(first: str, second: str) -> None:
    assert fold_number(first) != fold_number(second)


def test_many_threads_get_the_stems_that_one_gets() -> None:
    words = [
        f"{root}{ending}" for root in ("walk", "sing", "rest", "fold") for ending in ("", "s", "ed", "ing", "ings")
    ]
    alone = [stem.__wrapped__(word) for word in words]
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem.__wrapped__, words * 200)) == alone * 200
