"""/playlists: make one from seeds or a sentence, read it, take it away as a file."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from mediarec.web.api.schemas import PlaylistIn, PlaylistOut
from mediarec.web.auth import current_person
from mediarec.web.playlist_files import build_playlist_file
from recommender import playlists
from recommender.models import Playlist

router = Router()


@router.get("", response=list[PlaylistOut])
def list_playlists(request: HttpRequest) -> list[PlaylistOut]:
    return [_build(playlist) for playlist in Playlist.objects.filter(person_id=current_person(request).pk)]


@router.post("", response={201: PlaylistOut}, summary="Choose, order and save a playlist")
def create_playlist(request: HttpRequest, body: PlaylistIn) -> tuple[int, PlaylistOut]:
    wish = playlists.PlaylistRequest(
        seed_ids=tuple(body.like),
        query=body.query,
        filters=body.to_filters(),
        duration_seconds=body.minutes * 60 if body.minutes else None,
        limit=body.limit,
    )
    draft = playlists.build_playlist(current_person(request).pk, wish)
    saved = playlists.save_playlist(current_person(request).pk, body.name or draft.name, draft.item_ids, wish)
    return 201, _build(saved, draft.note)


@router.get("/{playlist_id}", response=PlaylistOut)
def read_playlist(request: HttpRequest, playlist_id: int) -> PlaylistOut:
    return _build(playlists.find_playlist(current_person(request).pk, playlist_id))


@router.get("/{playlist_id}/m3u8", summary="The playlist as a file for a player")
def download_playlist(request: HttpRequest, playlist_id: int) -> HttpResponse:
    return download_playlist_as(request, playlist_id, "m3u8")


@router.get("/{playlist_id}/file/{form}", summary="The playlist as m3u8, xspf, jspf or csv")
def download_playlist_as(request: HttpRequest, playlist_id: int, form: str) -> HttpResponse:
    return build_playlist_file(current_person(request).pk, playlist_id, form)


@router.delete("/{playlist_id}", response={204: None})
def delete_playlist(request: HttpRequest, playlist_id: int) -> tuple[int, None]:
    playlists.delete_playlist(current_person(request).pk, playlist_id)
    return 204, None


def _build(playlist: Playlist, note: str = "") -> PlaylistOut:
    ids = list(playlist.entries.order_by("position").values_list("item_id", flat=True))
    return PlaylistOut(id=playlist.pk, name=playlist.name, item_ids=ids, note=note)
