"""Playlists: made from a sentence or from seeds, ordered by hand, taken away."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.item_lookup import find_item
from mediarec.library.models import Item
from mediarec.web.auth import current_person
from mediarec.web.cards import Card, build_item_cards
from mediarec.web.playlist_files import build_playlist_file
from recommender import playlists as lists
from recommender.chat.parsing import understand
from recommender.chat.turns import list_known_words
from recommender.models import Playlist, PlaylistEntry

LENGTHS_MINUTES = (30, 45, 60, 90, 120)
MOSAIC_TILES = 4


@dataclass(frozen=True)
class ListedPlaylist:
    """A playlist in the list of them: how much is in it and the first pictures."""

    playlist: Playlist
    count: int
    seconds: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class ShownEntry:
    card: Card
    seconds: int | None


@require_GET
def playlists(request: HttpRequest) -> HttpResponse:
    mine = Playlist.objects.filter(person=current_person(request)).prefetch_related("entries__item")
    context = {
        "playlists": [_list(playlist) for playlist in mine],
        "seeds": Item.objects.filter(pk__in=_read_ids(request.GET.getlist("seed"))),
        "lengths": LENGTHS_MINUTES,
    }
    return render(request, "playlists.html", context)


def _list(playlist: Playlist) -> ListedPlaylist:
    works = [entry.item for entry in sorted(playlist.entries.all(), key=lambda entry: entry.position)]
    seconds = sum(work.runtime_seconds or 0 for work in works)
    return ListedPlaylist(playlist, len(works), seconds, tuple(works[:MOSAIC_TILES]))


@require_POST
def playlist_make(request: HttpRequest) -> HttpResponse:
    """Builds and saves one. The chat's parser reads the sentence: "calm jazz, no vocals, 45 minutes" works here too."""
    person = current_person(request)
    sentence = request.POST.get("sentence", "").strip()
    seeds = _read_ids(request.POST.getlist("seed"))
    if not sentence and not seeds:
        messages.error(request, "Say what the playlist should be like, or add a title from its page.")
        return redirect("playlists")
    heard = understand(sentence, None, list_known_words())
    minutes = request.POST.get("minutes", "")
    duration = int(minutes) * 60 if minutes.isdigit() else heard.duration_seconds
    wish = lists.PlaylistRequest((*seeds, *heard.seed_ids), heard.query, heard.filters, duration)
    draft = lists.build_playlist(person.pk, wish)
    if not draft.item_ids:
        messages.error(request, draft.note)
        return redirect("playlists")
    name = sentence[:1].upper() + sentence[1:80] if sentence else draft.name
    saved = lists.save_playlist(person.pk, name, draft.item_ids, wish)
    if draft.note:
        messages.info(request, draft.note)
    return redirect("playlist-detail", saved.pk)


@require_POST
def playlist_save(request: HttpRequest) -> HttpResponse:
    """Keeps a list that the chat proposed."""
    ids = _read_ids(request.POST.getlist("item"))
    saved = lists.save_playlist(current_person(request).pk, request.POST.get("name", ""), ids)
    return redirect("playlist-detail", saved.pk)


@require_GET
def playlist_detail(request: HttpRequest, playlist_id: int) -> HttpResponse:
    playlist = lists.find_playlist(current_person(request).pk, playlist_id)
    return render(request, "playlist_detail.html", {**_describe(playlist), "forms": lists.EXPORT_FORMATS})


@require_POST
def playlist_act(request: HttpRequest, playlist_id: int) -> HttpResponse:
    """Moves, removes, puts back, renames or deletes, by the field "act"."""
    person_id = current_person(request).pk
    act = request.POST.get("act", "")
    if act == "delete":
        lists.delete_playlist(person_id, playlist_id)
        messages.info(request, "Playlist deleted.")
        return redirect("playlists")
    taken_out = None
    if act == "rename":
        lists.rename_playlist(person_id, playlist_id, request.POST.get("name", ""))
    elif act == "order":
        lists.reorder_playlist(person_id, playlist_id, _read_ids(request.POST.getlist("item")))
    else:
        taken_out = _act_on_entry(person_id, playlist_id, act, request)
    if request.htmx:  # type: ignore[attr-defined]
        playlist = lists.find_playlist(person_id, playlist_id)
        return render(request, "playlist_detail/_entries.html", {**_describe(playlist), "taken_out": taken_out})
    return redirect("playlist-detail", playlist_id)


def _act_on_entry(person_id: int, playlist_id: int, act: str, request: HttpRequest) -> PlaylistEntry | None:
    """What was taken out, with the place it had, so that it can be put back."""
    given, position = request.POST.get("item", ""), request.POST.get("position", "0")
    if not given.isdigit():
        raise NotUnderstoodError("Choose an entry first.")
    item_id = int(given)
    if act == "remove":
        playlist = lists.find_playlist(person_id, playlist_id)
        taken_out = playlist.entries.filter(item_id=item_id).select_related("item").first()
        lists.remove_entry(person_id, playlist_id, item_id)
        return taken_out
    if act not in {"move", "restore"} or not position.lstrip("-").isdigit():
        raise NotUnderstoodError(f"Unknown action “{act}”.")
    if act == "restore":
        lists.add_entry(person_id, playlist_id, item_id)
    lists.move_entry(person_id, playlist_id, item_id, int(position))
    return None


@require_POST
def playlist_add(request: HttpRequest) -> HttpResponse:
    """Adds an item to a list that exists, or starts one with it."""
    person_id = current_person(request).pk
    item_ids = _read_ids(request.POST.getlist("item"))
    chosen = request.POST.get("playlist", "")
    if not item_ids:
        raise NotUnderstoodError("Choose an item first.")
    if not chosen.isdigit():
        name = request.POST.get("name") or f"With {find_item(item_ids[0]).title}"
        saved = lists.save_playlist(person_id, name, item_ids)
        return redirect("playlist-detail", saved.pk)
    added = [item_id for item_id in item_ids if lists.add_entry(person_id, int(chosen), item_id)]
    messages.info(request, "Added." if added else "It is already in that playlist.")
    return redirect("playlist-detail", int(chosen))


@require_GET
def playlist_file(request: HttpRequest, playlist_id: int, form: str) -> HttpResponse:
    return build_playlist_file(current_person(request).pk, playlist_id, form)


def _describe(playlist: Playlist) -> dict[str, object]:
    works = [entry.item for entry in playlist.entries.select_related("item").order_by("position")]
    cards = build_item_cards(playlist.person_id, works)
    return {
        "playlist": playlist,
        "entries": [ShownEntry(card, work.runtime_seconds) for card, work in zip(cards, works, strict=True)],
        "unowned": sum(not card.owned for card in cards),
        "total_seconds": sum(work.runtime_seconds or 0 for work in works),
        "without_length": sum(not work.runtime_seconds for work in works),
    }


def _read_ids(given: list[str]) -> tuple[int, ...]:
    return tuple(int(value) for value in given if value.isdigit())
