"""A playlist as a downloaded file, for the pages and the API."""

from django.http import HttpResponse
from django.utils.text import slugify

from mediarec.library.errors import NotFoundError
from recommender import playlists


def build_playlist_file(person_id: int, playlist_id: int, form: str) -> HttpResponse:
    """Raises NotFoundError for a playlist that is not this person's and for a form that is not offered."""
    playlist = playlists.find_playlist(person_id, playlist_id)
    if form not in playlists.EXPORT_FORMATS:
        raise NotFoundError(
            f"Playlists can be downloaded as {', '.join(playlists.EXPORT_FORMATS)}, not as {form[:20]}."
        )
    content = playlists.EXPORT_FORMATS[form].write(playlist)
    response = HttpResponse(content, content_type=playlists.EXPORT_FORMATS[form].content_type)
    response["Content-Disposition"] = f'attachment; filename="{slugify(playlist.name) or "playlist"}.{form}"'
    return response
