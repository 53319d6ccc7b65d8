"""Every explanation that is shown is parsed and compared with the database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mediarec.library.models import Contributor, Credit, Interaction, InteractionType, Item, Kind, Person, Role
from recommender import pipeline
from recommender.models import Embedding
from recommender.types import EvidenceType, Recommendation, RecommendRequest
from recommender.vectors import spaces
from tests.recommender.checkerboard import DIMS, make_space

pytestmark = pytest.mark.django_db

ROLE_PHRASES = {
    "directed by": Role.DIRECTOR, "created by": Role.CREATOR, "published by": Role.CHANNEL, "with": Role.ACTOR,
}  # fmt: skip
DEEDS = {
    "liked": {InteractionType.LIKED},
    "finished": {InteractionType.FINISHED},
    "rated": {InteractionType.RATED},
    "watched": {InteractionType.PLAYED},
    "played": {InteractionType.PLAYED},
}
ITEMS = 240
PEOPLE = 6


@pytest.fixture
def people() -> list[Person]:
    """A made-up library whose words are word1, word2, ..., its makers Maker 1, ..., its titles Title 1, ..."""
    noise = np.random.default_rng(11)
    names = [Contributor(name=f"Maker {n}", name_key=f"maker {n}") for n in range(60)]
    makers = Contributor.objects.bulk_create(names)
    centres = noise.standard_normal((6, DIMS)).astype(np.float32)
    items = Item.objects.bulk_create([_build_item(number, noise) for number in range(ITEMS)])
    Credit.objects.bulk_create(credit for item in items for credit in _build_credits(item, makers, noise))
    vectors = centres[np.arange(ITEMS) % 6] + 0.4 * noise.standard_normal((ITEMS, DIMS)).astype(np.float32)
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    spaces.store_vectors(make_space(), [item.pk for item in items], [item.title for item in items], unit)
    return [_make_person(f"p{n}", items, noise) for n in range(PEOPLE)]


def _build_item(number: int, noise: np.random.Generator) -> Item:
    return Item(
        kind=(Kind.FILM, Kind.TRACK, Kind.VIDEO)[number % 3],
        title=f"Title {number}",
        title_key=f"title {number}",
        genres=[f"word{noise.integers(0, 12)}"],
        tags=[f"word{12 + n}" for n in noise.choice(60, size=3, replace=False)],
        popularity=float(noise.random()),
    )


def _build_credits(item: Item, makers: list[Contributor], noise: np.random.Generator) -> Iterator[Credit]:
    lead = {Kind.FILM: Role.DIRECTOR, Kind.TRACK: Role.ARTIST, Kind.VIDEO: Role.CHANNEL}[Kind(item.kind)]
    yield Credit(item=item, contributor=makers[int(noise.integers(0, 60))], role=lead)
    if item.kind == Kind.FILM:
        for place, maker in enumerate(noise.choice(60, size=3, replace=False)):
            yield Credit(item=item, contributor=makers[int(maker)], role=Role.ACTOR, position=place)


def _make_person(name: str, items: list[Item], noise: np.random.Generator) -> Person:
    person = Person.objects.create_user(name, password="a long password")
    whats = (
        InteractionType.FINISHED,
        InteractionType.LIKED,
        InteractionType.PLAYED,
        InteractionType.RATED,
        InteractionType.ABANDONED,
    )
    Interaction.objects.bulk_create(
        Interaction(
            person=person,
            item=items[int(number)],
            what=whats[day % 5],
            value=0.9 if whats[day % 5] == InteractionType.RATED else None,
            occurred_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day),
        )
        for day, number in enumerate(noise.choice(len(items), size=24, replace=False))
    )
    return person


def collect(person: Person) -> list[Recommendation]:
    shown = [item for row in pipeline.build_home(person.pk) for item in row.slate.items]
    return [*shown, *pipeline.recommend(RecommendRequest(person.pk, limit=30)).items]


class Rows:
    """The database read once, so that a thousand sentences can be held against it."""

    def __init__(self, person: Person) -> None:
        self.items = Item.objects.in_bulk()
        self.by_title = {item.title: item for item in self.items.values()}
        self.done: dict[int, set[str]] = defaultdict(set)
        for item_id, what in Interaction.objects.filter(person=person, withdrawn_at__isnull=True).values_list(
            "item_id", "what"
        ):
            self.done[item_id].add(what)
        self.credits: dict[tuple[int, str], set[str]] = defaultdict(set)
        for item_id, name, role in Credit.objects.values_list("item_id", "contributor__name", "role"):
            self.credits[item_id, name].add(role)

    def carried_by_liked(self, word: str) -> bool:
        liked = (i for i, whats in self.done.items() if InteractionType.ABANDONED not in whats)
        return any(word in self.items[i].genres + self.items[i].tags for i in liked)


def test_all_of_a_thousand_explanations_are_true(people: list[Person]) -> None:
    checked = 0
    for person in people:
        rows = Rows(person)
        for shown in collect(person):
            for text in (shown.explanation, *(cause.text for cause in shown.evidence)):
                check_sentence(text, rows.items[shown.item_id], rows)
                checked += 1
            for cause in shown.evidence:
                assert cause.share is None or 0 < cause.share <= 1, cause.text
    assert checked >= 1000


def test_a_false_sentence_fails_the_check(people: list[Person]) -> None:
    rows = Rows(people[0])
    untouched = next(item for item in rows.items.values() if item.pk not in rows.done)
    item = next(one for one in rows.items.values() if one.pk != untouched.pk)
    for wrong in (f"Close to “{untouched.title}”, which you liked.", "Something different: Word99."):
        with pytest.raises(AssertionError):
            check_sentence(wrong, item, rows)


def check_sentence(text: str, item: Item, rows: Rows) -> None:
    sources = [rows.by_title[title] for title in re.findall(r"“([^”]+)”", text)]
    for source in sources:
        assert source.pk != item.pk, text
        check_deed(text, source, rows)
    check_words(text, item, sources, rows)
    check_names(text, item, sources, rows)
    if "library" in text:
        assert f"{item.created_at:%-d %B %Y}" in text
    if "known" in text or "know" in text.split():
        assert item.popularity >= 0.5, text


def check_deed(text: str, source: Item, rows: Rows) -> None:
    found = re.search(r"[yY]ou (liked|finished|rated|watched|played)", text)
    if found is None:
        assert "chose lately" in text, text
        assert rows.done[source.pk], text
    else:
        assert rows.done[source.pk] & DEEDS[found[1]], text


def check_words(text: str, item: Item, sources: list[Item], rows: Rows) -> None:
    for word in re.findall(r"[wW]ord\d+", text):
        word = word.lower()
        assert word in item.genres + item.tags, text
        for source in sources:
            assert word in source.genres + source.tags, text
        if not sources:  # something different: nothing the person took to carries it
            assert not rows.carried_by_liked(word), text


def check_names(text: str, item: Item, sources: list[Item], rows: Rows) -> None:
    for name in re.findall(r"Maker \d+", text):
        phrase = next((p for p in ROLE_PHRASES if f"{p} {name}".lower() in text.lower()), None)
        roles = {ROLE_PHRASES[phrase]} if phrase else set(Role.values)
        shared = [rows.credits[work.pk, name] & roles for work in (item, *sources)]
        assert sources, text
        assert set.intersection(*shared), text


def test_nearest_is_only_claimed_for_near_vectors(people: list[Person]) -> None:
    seen = 0
    for person in people:
        for shown in pipeline.recommend(RecommendRequest(person.pk, limit=30)).items:
            for cause in shown.evidence:
                if cause.type == EvidenceType.NEAREST:
                    pair = Embedding.objects.filter(item_id__in=[shown.item_id, cause.item_id])
                    first, second = (np.array(row.vector) for row in pair)
                    assert float(first @ second) >= 0.49
                    seen += 1
    assert seen > 10


def test_explanations_on_one_page_vary(people: list[Person]) -> None:
    rows = pipeline.build_home(people[0].pk)
    for row in rows:
        if row.key in {"for-you", "screen", "music"}:
            openings = Counter(" ".join(item.explanation.split()[:2]) for item in row.slate.items)
            assert max(openings.values()) <= len(row.slate.items) / 2


def test_a_row_about_one_item_names_that_item(people: list[Person]) -> None:
    row = next(row for row in pipeline.build_home(people[0].pk) if row.key.startswith("because-"))
    title = Item.objects.get(pk=int(row.key.removeprefix("because-"))).title
    assert title in row.title
    assert sum(f"“{title}”" in item.explanation for item in row.slate.items) >= len(row.slate.items) / 2


def test_the_same_list_is_worded_the_same_way_twice(people: list[Person]) -> None:
    request = RecommendRequest(people[1].pk, limit=20)
    first = [item.explanation for item in pipeline.recommend(request).items]
    assert [item.explanation for item in pipeline.recommend(request).items] == first


def test_markup_in_a_title_stays_text(people: list[Person]) -> None:
    source = Interaction.objects.filter(person=people[0], what=InteractionType.LIKED).order_by("-occurred_at").first()
    assert source is not None
    Item.objects.filter(pk=source.item_id).update(title="<b>Loud & “odd”</b>")
    evidence = pipeline.explain_item(people[0].pk, Item.objects.exclude(pk=source.item_id).latest("pk").pk)
    assert evidence
    assert all("&amp;" not in cause.text for cause in evidence)
