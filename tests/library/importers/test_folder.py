"""Folders of tiny real media files: what is imported, what a second import adds, and what is refused."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from mediarec.library import batches
from mediarec.library.models import ImportBatch, Item, Kind, MediaFile, Outcome, Person
from recommender.explanation.explainer import find_owned
from tests.media import make_audio, make_picture, make_video

pytestmark = pytest.mark.django_db
TAGS = {"title": "Blue Hour", "artist": "The Lamps", "album": "Night Shift", "date": "1999-05-01", "genre": "Jazz"}


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


def run_import(person: Person, path: Path) -> batches.BatchSummary:
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


@pytest.mark.parametrize("ending", [".mp3", ".flac", ".ogg", ".opus", ".m4a"])
def test_tags_of_every_kind_of_audio_are_read(lea: Person, tmp_path: Path, ending: str) -> None:
    make_audio(tmp_path / f"a{ending}", {**TAGS, "tracknumber": "3"})
    summary = run_import(lea, tmp_path)
    assert (summary.items_added, summary.files_added, summary.rejected) == (2, 1, [])
    track = Item.objects.get(kind=Kind.TRACK)
    assert (track.title, track.year, track.number, track.genres) == ("Blue Hour", 1999, 3, ["Jazz"])
    assert track.parent is not None
    assert track.parent.title == "Night Shift"
    assert [credit.contributor.name for credit in track.credits.all()] == ["The Lamps"]
    assert track.files.get().duration_seconds == pytest.approx(1.0, abs=0.2)


def test_an_uploaded_file_is_read_but_not_kept_so_nobody_owns_it(lea: Person) -> None:
    folder = settings.UPLOADS_ROOT / "a1"
    folder.mkdir(parents=True)
    make_audio(folder / "a.flac", TAGS)
    run_import(lea, folder / "a.flac")
    assert not folder.exists()
    file = MediaFile.objects.get()
    assert (file.item.title, file.is_missing) == ("Blue Hour", True)
    assert find_owned([file.item_id]) == frozenset()


def test_a_file_without_tags_is_titled_by_its_name(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "07 - Harbour_Lights.flac")
    run_import(lea, tmp_path)
    track = Item.objects.get(kind=Kind.TRACK)
    assert (track.title, track.number) == ("Harbour Lights", 7)


def test_importing_twice_adds_nothing(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.ogg", TAGS)
    make_video(tmp_path / "Heat (1995).mkv")
    run_import(lea, tmp_path)
    again = run_import(lea, tmp_path)
    assert (again.items_added, again.files_added, again.interactions_added, again.unchanged) == (0, 0, 0, 2)


def test_films_series_and_clips_are_distinguished_by_name(lea: Person, tmp_path: Path) -> None:
    make_video(tmp_path / "Heat (1995)" / "Heat.1995.1080p.mkv")
    make_video(tmp_path / "The Wire" / "Season 1" / "The.Wire.S01E02.mkv")
    make_video(tmp_path / "Clips" / "birthday party.mp4")
    run_import(lea, tmp_path)
    items = set(Item.objects.values_list("kind", "title", "year"))
    assert {(Kind.FILM, "Heat", 1995), (Kind.SERIES, "The Wire", None), (Kind.VIDEO, "birthday party", None)} <= items
    episode = Item.objects.get(kind=Kind.EPISODE)
    assert (episode.parent and episode.parent.title, episode.season, episode.number) == ("The Wire", 1, 2)


def test_an_nfo_beside_the_file_takes_precedence_over_its_name(lea: Person, tmp_path: Path) -> None:
    make_video(tmp_path / "solaris.mkv")
    (tmp_path / "solaris.nfo").write_text(
        "<movie><title>Solaris</title><year>1972</year><plot>A planet thinks.</plot>"
        "<genre>Drama / Science Fiction</genre>"
        '<uniqueid type="imdb">tt0069293</uniqueid><director>Andrei Tarkovsky</director>'
        "<actor><name>Donatas Banionis</name></actor></movie>\nhttps://example.org/x"
    )
    run_import(lea, tmp_path)
    film = Item.objects.get()
    assert (film.kind, film.title, film.year, film.genres) == (Kind.FILM, "Solaris", 1972, ["Drama", "Science Fiction"])
    assert film.external_ids.get().value == "tt0069293"


def test_an_nfo_with_entities_is_not_read_and_the_film_is_imported(lea: Person, tmp_path: Path) -> None:
    make_video(tmp_path / "Heat (1995).mkv")
    (tmp_path / "Heat (1995).nfo").write_text(
        '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>'
    )
    summary = run_import(lea, tmp_path)
    assert Item.objects.get().title == "Heat"
    (row,) = summary.rejected
    assert row["path"].endswith("Heat (1995).nfo")
    assert "entities" in row["reason"]


def test_covers_and_posters_beside_media_become_artwork(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "album" / "a.flac", TAGS)
    make_picture(tmp_path / "album" / "Folder.JPG")
    make_video(tmp_path / "films" / "Heat (1995).mkv")
    make_picture(tmp_path / "films" / "Heat (1995)-poster.png")
    run_import(lea, tmp_path)
    assert Item.objects.get(kind=Kind.ALBUM).artwork.endswith(".webp")
    assert Item.objects.get(kind=Kind.FILM).artwork.endswith(".webp")


def test_a_huge_cover_is_skipped_and_the_music_is_imported(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    make_picture(tmp_path / "cover.png", (9000, 9000))
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 1
    assert Item.objects.get(kind=Kind.ALBUM).artwork == ""
    (row,) = summary.rejected
    assert "cover.png: The picture is too large: 9000 by 9000 pixels" in row["reason"]


def test_broken_files_are_named_and_the_rest_is_imported(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "good.flac", TAGS)
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "letter.mp3").write_text("Dear Sir, this is no music. " * 50)
    whole = make_video(tmp_path / "whole (1990).mkv").read_bytes()
    (tmp_path / "cut (1991).mkv").write_bytes(whole[:60])
    (tmp_path / "notes.txt").write_text("not media, not mentioned")
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 2
    reasons = {Path(row["path"]).name: row["reason"] for row in summary.rejected}
    assert set(reasons) == {"empty.mp3", "letter.mp3", "cut (1991).mkv"}
    assert all(name in reason for name, reason in reasons.items())


def test_names_that_are_not_utf8_keep_their_bytes(lea: Person, tmp_path: Path) -> None:
    source = make_audio(tmp_path / "x.flac", {"title": "Ünïcode"})
    odd = os.fsencode(tmp_path) + b"/caf\xe9.flac"
    os.rename(os.fsencode(source), odd)  # noqa: PTH104 - the new name is bytes
    run_import(lea, tmp_path)
    file = MediaFile.objects.get()
    assert bytes(file.path_raw) == odd
    assert "caf\\xe9" in file.path


def test_a_loop_of_symlinks_terminates(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "music" / "a.flac", TAGS)
    (tmp_path / "music" / "again").symlink_to(tmp_path / "music")
    (tmp_path / "music" / "nowhere.mp3").symlink_to(tmp_path / "gone.mp3")
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 1
    assert "link to nowhere" in summary.rejected[0]["reason"]


def test_a_moved_file_is_the_same_file(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    run_import(lea, tmp_path)
    (tmp_path / "a.flac").rename(tmp_path / "renamed.flac")
    summary = run_import(lea, tmp_path)
    assert (summary.items_added, summary.files_added, MediaFile.objects.count()) == (0, 0, 1)
    assert MediaFile.objects.get().path.endswith("renamed.flac")


def test_a_folder_that_disappears_during_the_scan_is_named(
    lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_audio(tmp_path / "a" / "one.flac", TAGS)
    make_audio(tmp_path / "b" / "two.flac", {**TAGS, "title": "Other"})
    real = os.scandir

    def scandir(path: bytes) -> object:
        if os.fsencode(path).endswith(b"/b"):
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    monkeypatch.setattr("mediarec.library.scanning.os.scandir", scandir)
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 1
    assert "cannot be opened" in summary.rejected[0]["reason"]


def test_imported_rows_record_their_outcome_and_item(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    summary = run_import(lea, tmp_path)
    row = ImportBatch.objects.get(pk=summary.batch).rows.get()
    assert row.outcome == Outcome.ADDED
    assert row.item is not None
