"""One work: its facts, its copies, what it is like, and why it may suit the person who looks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mediarec.library import item_lookup
from mediarec.library.models import Credit, Item, MediaFile, Role
from mediarec.web.auth import current_person
from mediarec.web.cards import Card, build_cards, build_item_cards
from mediarec.web.pages.explanations import describe_reasons
from mediarec.web.pages.media import find_player
from mediarec.web.ratings import HALF_STEPS, find_stars
from recommender import pipeline
from recommender.enrichment import find_description
from recommender.enrichment.zero_shot_tags import list_guesses
from recommender.models import Playlist

SIMILAR_COUNT = 12
SHOWN_CHILDREN = 400
ROLE_LABELS = {
    Role.DIRECTOR: "Directed by",
    Role.CREATOR: "Created by",
    Role.ARTIST: "By",
    Role.COMPOSER: "Composed by",
    Role.CHANNEL: "Published by",
    Role.WRITER: "Written by",
    Role.ACTOR: "With",
}


@require_GET
def item_detail(request: HttpRequest, item_id: int) -> HttpResponse:
    person, item = current_person(request), item_lookup.find_item(item_id)
    (card,) = build_item_cards(person.pk, [item])
    context = {
        "item": item,
        "card": card,
        "credits": _list_credits(item),
        "files": [(file, find_player(file.path)) for file in MediaFile.objects.filter(item=item).order_by("path")],
        "external_ids": item.external_ids.order_by("namespace"),
        "description": find_description(item.pk),
        "guesses": [guess.tag for guess in list_guesses(item.pk)],
        "parent": item.parent,
        "children": item.children.order_by("season", "number", "title")[:SHOWN_CHILDREN],
        "similar": _list_similar(person.pk, item),
        **describe_reasons(person, item),
        "my_stars": find_stars(person.pk, item.pk),
        "half_steps": HALF_STEPS,
        "playlists": Playlist.objects.filter(person=person).order_by("-updated_at")[:30],
    }
    return render(request, "item_detail.html", context)


def _list_credits(item: Item) -> list[tuple[str, list[str]]]:
    """Names under "Directed by" and so on, in the order of the labels."""
    found: dict[str, list[str]] = {}
    for credit in Credit.objects.filter(item=item).select_related("contributor").order_by("position"):
        found.setdefault(credit.role, []).append(credit.contributor.name)
    return [(label, found[role]) for role, label in ROLE_LABELS.items() if role in found]


def _list_similar(person_id: int, item: Item) -> list[Card]:
    return build_cards(person_id, pipeline.similar_items(item.pk, person_id, SIMILAR_COUNT))
