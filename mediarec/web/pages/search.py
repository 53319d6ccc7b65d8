"""Search while typing, by words or by a picture, narrowed by medium, genre, years and ownership."""

import re
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.artwork import MOST_BYTES, read_picture
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Kind
from mediarec.library.ownership import Ownership
from mediarec.web.auth import current_person
from mediarec.web.cards import Card, build_cards, build_item_cards
from recommender import pipeline
from recommender.retrieval.filters import filter_items
from recommender.types import Filters

SHOWN_RESULTS = 60
SHOWN_GENRES = 40
FIRST_YEAR, LAST_YEAR = 1870, 2200
LONGEST_QUERY = 200
NO_PICTURE = "Choose a picture first."
KIND_LABELS = (("", "All"), *((kind.value, f"{kind.label}s".replace("Seriess", "Series")) for kind in Kind))
OWNERSHIP_LABELS = ((Ownership.ANY, "Owned or not"), (Ownership.OWNED, "Owned"), (Ownership.NOT_OWNED, "Not owned"))


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    return _show_page(request, _find_results(request))


def _show_page(request: HttpRequest, results: dict[str, Any]) -> HttpResponse:
    genres, chosen = _list_genres(), request.GET.get("genre", "")
    context = {
        **results,
        "kinds": KIND_LABELS,
        "genres": genres,
        "extra_genre": "" if chosen in genres else chosen,
        "ownerships": OWNERSHIP_LABELS,
    }
    return render(request, "search.html", context)


@require_GET
def search_results(request: HttpRequest) -> HttpResponse:
    """What changes while somebody types."""
    response = render(request, "search/_results.html", _find_results(request))
    response["HX-Replace-Url"] = f"/search?{request.GET.urlencode()}"
    return response


@require_POST
def search_by_picture(request: HttpRequest) -> HttpResponse:
    """The picture is looked at and forgotten: nothing of it is kept."""
    results = _look(request)
    if request.headers.get("HX-Request"):
        return render(request, "search/_results.html", results)
    return _show_page(request, results)


def _look(request: HttpRequest) -> dict[str, Any]:
    uploaded = request.FILES.get("picture")
    results: dict[str, Any] = {"text": "", "filters": Filters(), "cards": [], "note": NO_PICTURE, "by_picture": True}
    if uploaded is None:
        return results
    try:
        picture = read_picture(uploaded.read(MOST_BYTES + 1))
    except NotUnderstoodError as error:
        return {**results, "note": str(error)}
    person_id = current_person(request).pk
    slate = pipeline.search(pipeline.SearchQuery(person_id, picture=picture, limit=SHOWN_RESULTS))
    return {**results, "cards": build_cards(person_id, slate.items), "note": slate.note}


def _find_results(request: HttpRequest) -> dict[str, Any]:
    text = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    filters = read_filters(request)
    person_id = current_person(request).pk
    if not text:
        return {"text": "", "filters": filters, "note": "", **_browse(request, person_id, filters)}
    cards, note = _search(person_id, text, filters)
    return {"text": text, "filters": filters, "cards": cards, "note": note, "is_full": len(cards) == SHOWN_RESULTS}


def read_filters(request: HttpRequest) -> Filters:
    """Anything that is not a filter of ours is left out rather than refused: somebody is still typing."""
    given = request.GET
    kind, genre, ownership = given.get("kind", ""), given.get("genre", ""), given.get("ownership", "")
    return Filters(
        kinds=(kind,) if kind in Kind.values else (),
        any_words=(genre.lower(),) if genre else (),
        year_from=_read_year(given.get("from", "")),
        year_to=_read_year(given.get("to", "")),
        ownership=Ownership(ownership) if ownership in set(Ownership) else Ownership.ANY,
        include_seen=True,
    )


def _read_year(given: str) -> int | None:
    return int(given) if re.fullmatch(r"[0-9]{4}", given) and FIRST_YEAR <= int(given) <= LAST_YEAR else None


def _search(person_id: int, text: str, filters: Filters) -> tuple[list[Card], str]:
    slate = pipeline.search(pipeline.SearchQuery(person_id, text, filters=filters, limit=SHOWN_RESULTS))
    return build_cards(person_id, slate.items), slate.note


def _browse(request: HttpRequest, person_id: int, filters: Filters) -> dict[str, Any]:
    """Everything that fits, a page at a time: the best known first where that is known, else by title."""
    items = filter_items(filters, person_id, for_lookup=True)
    best_known = items.filter(popularity__gt=0).exists()
    ordered = items.order_by("-popularity", "pk") if best_known else items.order_by("title_key", "pk")
    page = Paginator(ordered, SHOWN_RESULTS).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    return {
        "cards": build_item_cards(person_id, page.object_list),
        "page": page,
        "pager_extra": f"&{kept.urlencode()}" if kept else "",
        "best_known": best_known,
        "is_narrowed": filters != Filters(include_seen=True),
    }


def _list_genres() -> list[str]:
    """The genres most works carry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT genre FROM (SELECT unnest(genres) AS genre FROM library_item WHERE NOT is_excluded) AS listed "
            "GROUP BY genre ORDER BY count(*) DESC, genre LIMIT %s",
            [SHOWN_GENRES],
        )
        return sorted(genre for (genre,) in cursor.fetchall())
