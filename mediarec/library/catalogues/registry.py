"""The registered catalogue readers. A new one is a module with a reader and a line here."""

from mediarec.library.catalogues.base import CatalogueReader
from mediarec.library.catalogues.from_importers import JsonlCatalogue, MovieLensCatalogue
from mediarec.library.catalogues.imdb import ImdbCatalogue
from mediarec.library.catalogues.musicbrainz import MusicBrainzCatalogue
from mediarec.library.errors import NotUnderstoodError

READERS: dict[str, type[CatalogueReader]] = {
    "imdb": ImdbCatalogue,
    "musicbrainz": MusicBrainzCatalogue,
    "movielens": MovieLensCatalogue,
    "jsonl": JsonlCatalogue,
}


def find_reader(name: str) -> CatalogueReader:
    if name not in READERS:
        raise NotUnderstoodError(f"“{name}” is not a known catalogue; there are {', '.join(READERS)}.")
    return READERS[name]()
