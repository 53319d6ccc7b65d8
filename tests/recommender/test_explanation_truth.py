"""Every sentence that is shown is read back and compared with the database, word by word."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mediarec.library.models import Contributor, Credit, Interaction, Item, Kind, Person, Role, What
from recommender import pipeline
from recommender.models import Embedding
from recommender.types import EvidenceType, Recommendation, RecommendRequest
from tests.recommender.checkerboard import DIMS, make_space, store_vector

pytestmark = pytest.mark.django_db

ROLE_PHRASES = {
    "directed by": Role.DIRECTOR, "created by": Role.CREATOR, "published by": Role.CHANNEL, "with": Role.ACTOR,
}  # fmt: skip
DEEDS = {
    "liked": {What.LIKED}, "finished": {What.FINISHED}, "rated": {What.RATED}, "watched": {What.PLAYED},
    "played": {What.PLAYED},
}  # fmt: skip
ITEMS = 240


@pytest.fixture
def people() -> list[Person]:
    """A made-up library whose words are word1, word2, ..., its makers Maker 1, ..., its titles Title 1, ..."""
    noise = np.random.default_rng(11)
    space = make_space()
    makers = [Contributor.objects.create(name=f"Maker {n}", name_key=f"maker {n}") for n in range(60)]
    centres = noise.standard_normal((6, DIMS)).astype(np.float32)
    items = [_make_item(number, makers, noise) for number in range(ITEMS)]
    for number, item in enumerate(items):
        vector = centres[number % 6] + 0.4 * noise.standard_normal(DIMS).astype(np.float32)
        store_vector(space, item, np.asarray(vector / np.linalg.norm(vector), dtype=np.float32))
    return [_make_person(f"p{n}", items, noise) for n in range(4)]


def _make_item(number: int, makers: list[Contributor], noise: np.random.Generator) -> Item:
    kind = (Kind.FILM, Kind.TRACK, Kind.VIDEO)[number % 3]
    item = Item.objects.create(
        kind=kind,
        title=f"Title {number}",
        title_key=f"title {number}",
        genres=[f"word{noise.integers(0, 12)}"],
        tags=[f"word{12 + n}" for n in noise.choice(60, size=3, replace=False)],
        popularity=float(noise.random()),
    )
    lead = {Kind.FILM: Role.DIRECTOR, Kind.TRACK: Role.ARTIST, Kind.VIDEO: Role.CHANNEL}[kind]
    Credit.objects.create(item=item, contributor=makers[int(noise.integers(0, 60))], role=lead)
    if kind == Kind.FILM:
        for place, maker in enumerate(noise.choice(60, size=3, replace=False)):
            Credit.objects.create(item=item, contributor=makers[int(maker)], role=Role.ACTOR, position=place)
    return item


def _make_person(name: str, items: list[Item], noise: np.random.Generator) -> Person:
    person = Person.objects.create_user(name, password="a long password")
    for day, number in enumerate(noise.choice(len(items), size=24, replace=False)):
        what = (What.FINISHED, What.LIKED, What.PLAYED, What.RATED, What.ABANDONED)[day % 5]
        Interaction.objects.create(
            person=person,
            item=items[int(number)],
            what=what,
            value=0.9 if what == What.RATED else None,
            occurred_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day),
        )
    return person


def collect(person: Person) -> list[Recommendation]:
    shown = [item for row in pipeline.build_home(person.pk) for item in row.slate.items]
    return [*shown, *pipeline.recommend(RecommendRequest(person.pk, limit=30)).items]


def test_every_one_of_several_hundred_reasons_is_true(people: list[Person]) -> None:
    checked = 0
    for person in people:
        for shown in collect(person):
            for text in (shown.explanation, *(cause.text for cause in shown.evidence)):
                check_sentence(text, Item.objects.get(pk=shown.item_id), person)
                checked += 1
    assert checked >= 400


def check_sentence(text: str, item: Item, person: Person) -> None:
    sources = [Item.objects.get(title=title) for title in re.findall(r"“([^”]+)”", text)]
    for source in sources:
        assert source.pk != item.pk, text
        check_deed(text, source, person)
    check_words(text, item, sources, person)
    check_names(text, item, sources)
    if "library" in text:
        assert f"{item.created_at:%-d %B %Y}" in text
    if "known" in text or "know" in text.split():
        assert item.popularity >= 0.5, text


def check_deed(text: str, source: Item, person: Person) -> None:
    found = re.search(r"[yY]ou (liked|finished|rated|watched|played)", text)
    events = Interaction.objects.filter(person=person, item=source, withdrawn_at__isnull=True)
    if found is None:
        assert "chose lately" in text, text
        assert events.exists(), text
    else:
        assert events.filter(what__in=DEEDS[found[1]]).exists(), text


def check_words(text: str, item: Item, sources: list[Item], person: Person) -> None:
    for word in re.findall(r"[wW]ord\d+", text):
        word = word.lower()
        assert word in item.genres + item.tags, text
        for source in sources:
            assert word in source.genres + source.tags, text
        if not sources:  # something different: nothing the person took to carries it
            liked = Item.objects.filter(interactions__person=person).exclude(interactions__what=What.ABANDONED)
            assert not any(word in own.genres + own.tags for own in liked), text


def check_names(text: str, item: Item, sources: list[Item]) -> None:
    for name in re.findall(r"Maker \d+", text):
        phrase = next((p for p in ROLE_PHRASES if f"{p} {name}".lower() in text.lower()), None)
        roles = {ROLE_PHRASES[phrase]} if phrase else set(Role.values)
        shared = [
            set(Credit.objects.filter(item=work, contributor__name=name, role__in=roles).values_list("role", flat=True))
            for work in (item, *sources)
        ]
        assert sources, text
        assert set.intersection(*shared), text


def test_nearest_is_only_said_of_vectors_that_are_near(people: list[Person]) -> None:
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


def test_reasons_on_one_page_do_not_sound_alike(people: list[Person]) -> None:
    rows = pipeline.build_home(people[0].pk)
    for row in rows:
        if row.key in {"for-you", "screen", "music"}:
            openings = Counter(" ".join(item.explanation.split()[:2]) for item in row.slate.items)
            assert max(openings.values()) <= len(row.slate.items) / 2


def test_a_row_about_one_item_speaks_of_that_item(people: list[Person]) -> None:
    row = next(row for row in pipeline.build_home(people[0].pk) if row.key.startswith("because-"))
    title = Item.objects.get(pk=int(row.key.removeprefix("because-"))).title
    assert title in row.title
    assert sum(f"“{title}”" in item.explanation for item in row.slate.items) >= len(row.slate.items) / 2


def test_the_same_answer_is_worded_the_same_way_twice(people: list[Person]) -> None:
    request = RecommendRequest(people[1].pk, limit=20)
    first = [item.explanation for item in pipeline.recommend(request).items]
    assert [item.explanation for item in pipeline.recommend(request).items] == first


def test_markup_in_a_title_stays_text(people: list[Person]) -> None:
    source = Interaction.objects.filter(person=people[0], what=What.LIKED).order_by("-occurred_at").first()
    assert source is not None
    Item.objects.filter(pk=source.item_id).update(title="<b>Loud & “odd”</b>")
    evidence = pipeline.explain_item(people[0].pk, Item.objects.exclude(pk=source.item_id).latest("pk").pk)
    assert evidence
    assert all("&amp;" not in cause.text for cause in evidence)
