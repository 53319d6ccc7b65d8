"""The rows of the home page as cards: all rows share the three statements that cards need."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from mediarec.library.models import Person
from mediarec.library.ownership import Ownership
from mediarec.web.auth import current_person
from mediarec.web.cards import Card, build_cards, find_reason
from recommender import pipeline
from recommender.types import Slate

OWNERSHIP_LABELS = (
    (Ownership.ANY, "Everything"),
    (Ownership.OWNED, "Owned"),
    (Ownership.NOT_OWNED, "Not owned"),
)
OWNERSHIP_KEY = "ownership"
LEAST_FOR_LEAD = 4  # a lead taken from a shorter row would leave a hole


@dataclass(frozen=True)
class HomeRowCards:
    key: str
    title: str
    subtitle: str
    cards: tuple[Card, ...]
    slate: Slate


def read_ownership(request: HttpRequest) -> Ownership:
    """What was chosen on the page, kept for the next one; before that the person's own wish from the settings."""
    given = request.GET.get(OWNERSHIP_KEY)
    if given in set(Ownership):
        request.session[OWNERSHIP_KEY] = given
    return Ownership(request.session.get(OWNERSHIP_KEY) or current_person(request).ownership)


def build_home_rows(person: Person, ownership: Ownership) -> list[HomeRowCards]:
    rows = pipeline.build_home(person.pk, ownership)
    lines = [line for row in rows for line in row.slate.items]
    cards = {card.pk: card for card in build_cards(person.pk, lines)}
    return [
        HomeRowCards(
            row.key,
            row.title,
            row.subtitle,
            tuple(
                replace(cards[line.item_id], reason=find_reason(line))
                for line in row.slate.items
                if line.item_id in cards
            ),
            row.slate,
        )
        for row in rows
    ]


def pop_lead(shelves: Sequence[HomeRowCards]) -> tuple[Card | None, list[HomeRowCards]]:
    """The first recommendation of all stands alone on top, and no second time in its row."""
    if not shelves or len(shelves[0].cards) < LEAST_FOR_LEAD:
        return None, list(shelves)
    first = shelves[0]
    return first.cards[0], [replace(first, cards=first.cards[1:]), *shelves[1:]]
