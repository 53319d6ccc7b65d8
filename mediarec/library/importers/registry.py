"""The registered importers, the most specific first: the first that recognises a source reads it."""

from functools import cache

from django.utils.module_loading import import_string

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import Importer
from mediarec.library.importers.source import Source

IMPORTERS: dict[str, str] = {
    "mediarec": "mediarec.library.person_archive.importer.PersonArchiveImporter",
    "watched": "mediarec.library.importers.watch_history.WatchedImporter",
    "letterboxd": "mediarec.library.importers.letterboxd.LetterboxdImporter",
    "imdb": "mediarec.library.importers.imdb.ImdbImporter",
    "trakt": "mediarec.library.importers.trakt.TraktImporter",
    "netflix": "mediarec.library.importers.netflix.NetflixImporter",
    "myanimelist": "mediarec.library.importers.myanimelist.MyAnimeListImporter",
    "anilist": "mediarec.library.importers.anilist.AniListImporter",
    "movary": "mediarec.library.importers.movary.MovaryImporter",
    "yamtrack": "mediarec.library.importers.yamtrack.YamtrackImporter",
    "takeout": "mediarec.library.importers.takeout.TakeoutImporter",
    "movielens": "mediarec.library.importers.movielens.MovieLensImporter",
    "spotify": "mediarec.library.importers.spotify.SpotifyImporter",
    "listenbrainz": "mediarec.library.importers.listenbrainz.ListenBrainzImporter",
    "maloja": "mediarec.library.importers.maloja.MalojaImporter",
    "lastfm": "mediarec.library.importers.lastfm.LastFmImporter",
    "librefm": "mediarec.library.importers.librefm.LibreFmImporter",
    "scrobbler-log": "mediarec.library.importers.scrobbler_log.ScrobblerLogImporter",
    "panoscrobbler": "mediarec.library.importers.panoscrobbler.PanoScrobblerImporter",
    "apple-music": "mediarec.library.importers.apple_music.AppleMusicImporter",
    "playlist": "mediarec.library.importers.playlist_files.PlaylistFilesImporter",
    "folder": "mediarec.library.importers.folder.FolderImporter",
    "generic": "mediarec.library.importers.generic.GenericImporter",
}


@cache
def load_importer(name: str) -> Importer:
    importer: Importer = import_string(IMPORTERS[name])()
    return importer


def choose_importer(source: Source) -> Importer:
    """Raises NotUnderstoodError with a sentence that lists the formats that are understood."""
    for name in IMPORTERS:
        importer = load_importer(name)
        if importer.recognises(source):
            return importer
    if source.refused:
        raise NotUnderstoodError(next(iter(source.refused.values())))
    labels = dict.fromkeys(load_importer(name).label for name in IMPORTERS)
    raise NotUnderstoodError(f"{source.label} is not in a supported format: {', '.join(labels)}.")
