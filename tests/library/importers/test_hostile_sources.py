"""Hostile and malformed sources: each problem is a sentence that names the file, and the rest is imported."""

import json
import stat
import zipfile
from pathlib import Path

import pytest
from mutagen.flac import FLAC, Picture

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.generic import GenericImporter
from mediarec.library.importers.source import Source
from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, Kind, Person
from tests.media import make_audio, make_picture, make_video, make_zip, picture_bytes

pytestmark = pytest.mark.django_db
TAGS = {"title": "Blue Hour", "artist": "The Lamps", "album": "Night Shift", "date": "1999"}


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


def run_import(person: Person, path: Path, **options: object) -> batches.BatchSummary:
    batch = batches.create_batch(person, path, options=dict(options))
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    return path


def test_text_that_a_database_cannot_hold_is_stored_in_readable_form(lea: Person, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "x.jsonl",
        '{"kind": "film", "title": "Half \\ud800 pair", "year": 1990, "note\\ud801": "a\\u0000b"}',
        {"kind": "film", "title": "Plain", "year": 1991},
    )
    assert run_import(lea, path).items_added == 2
    assert Item.objects.filter(title__startswith="Half").exists()


def test_a_title_of_a_megabyte_is_cut_and_the_rest_is_imported(lea: Person, tmp_path: Path) -> None:
    long = "界" * 20_000
    path = write_lines(
        tmp_path / "x.jsonl",
        {"kind": "film", "title": long, "year": 1990, "people": {"actor": [long]}, "tags": [long], "synopsis": long},
        {"kind": "film", "title": "Plain", "year": 1991, "ids": {"imdb": "t" * 5000}},
    )
    assert run_import(lea, path).items_added == 2
    assert max(len(title) for title in Item.objects.values_list("title", flat=True)) <= 400


def test_a_member_path_that_climbs_out_is_named_and_the_rest_of_the_zip_is_imported(
    lea: Person, tmp_path: Path
) -> None:
    path = make_zip(
        tmp_path / "mixed.zip",
        {
            "inside/films.csv": "kind,title,year\nfilm,Heat,1995\n",
            "../out.csv": "kind,title\nfilm,Out\n",
            "/etc/abs.csv": "kind,title\nfilm,Abs\n",
        },
    )
    summary = run_import(lea, path)
    assert [item.title for item in Item.objects.all()] == ["Heat"]
    assert len(summary.rejected) == 2
    assert all("climbs out" in row["reason"] for row in summary.rejected)


def test_links_inside_an_archive_are_not_followed(lea: Person, tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    link = zipfile.ZipInfo("passwords.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("films.csv", "kind,title,year\nfilm,Heat,1995\n")
    assert Source(path).names == ["films.csv"]
    assert "link" in run_import(lea, path).rejected[0]["reason"]


def test_a_zip_with_too_many_files_is_refused_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediarec.library.importers.source.MOST_MEMBERS", 3)
    path = make_zip(tmp_path / "many.zip", {f"{number}.csv": "kind,title\n" for number in range(4)})
    with pytest.raises(MediarecError, match=r"many\.zip holds 4 files; at most 3"):
        Source(path)


def test_a_truncated_zip_is_named(lea: Person, tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "whole.zip", {"x.csv": "kind,title\nfilm,Heat\n"}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediarecError, match=r"cut\.zip"):
        batches.create_batch(lea, tmp_path / "cut.zip")


def test_a_huge_embedded_picture_is_named_and_the_track_is_imported(lea: Person, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.flac", TAGS)
    opened = FLAC(path)  # type: ignore[no-untyped-call]
    picture = Picture()  # type: ignore[no-untyped-call]
    picture.type, picture.mime, picture.data = 3, "image/png", picture_bytes((9000, 9000))
    opened.add_picture(picture)  # type: ignore[no-untyped-call]
    opened.save()
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 1
    assert [row["reason"] for row in summary.rejected] == [f"{path}: The picture is too large: 9000 by 9000 pixels."]


def test_a_cover_that_is_not_a_picture_is_named(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    (tmp_path / "cover.jpg").write_text("no picture at all")
    (row,) = run_import(lea, tmp_path).rejected
    assert row["path"].endswith("cover.jpg")


def test_broken_tags_fall_back_to_the_file_name(lea: Person, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Night Drive.mp3", TAGS)
    data = bytearray(path.read_bytes())
    assert data[:3] == b"ID3"
    data[10:60] = b"\xff" * 50  # the frames of the tag, not the sound
    path.write_bytes(bytes(data))
    summary = run_import(lea, tmp_path)
    assert summary.files_added == 1
    assert Item.objects.filter(kind=Kind.TRACK, title="Night Drive").exists()


def test_an_unreadable_file_is_named(lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    make_audio(tmp_path / "b.flac", {**TAGS, "title": "Other"})

    def refuse(path: bytes, size: int) -> str:
        if path.endswith(b"a.flac"):
            raise PermissionError(13, "Permission denied")
        return "0" * 64

    monkeypatch.setattr("mediarec.library.importers.folder.hash_content", refuse)
    summary = run_import(lea, tmp_path)
    assert (summary.files_added, len(summary.rejected)) == (1, 1)
    assert "a.flac cannot be read: Permission denied" in summary.rejected[0]["reason"]


def test_a_folder_deleted_before_reading_fails_the_batch_with_its_name(lea: Person, tmp_path: Path) -> None:
    folder = tmp_path / "music"
    make_audio(folder / "a.flac", TAGS)
    batch = batches.create_batch(lea, folder)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(MediarecError, match="music"):
        batches.read_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    assert "music" in batch.error


def test_numbers_in_the_name_of_a_clip_do_not_make_it_an_episode(lea: Person, tmp_path: Path) -> None:
    for name in ("My clip 123.mp4", "IMG_20240512_1234.mp4", "A walk [dQw4w9WgXcQ].mp4"):
        make_video(tmp_path / name)
    run_import(lea, tmp_path)
    assert set(Item.objects.values_list("kind", "title")) == {
        (Kind.VIDEO, "My clip 123"),
        (Kind.VIDEO, "IMG 20240512 1234"),
        (Kind.VIDEO, "A walk"),
    }
    assert Item.objects.get(title="A walk").external_ids.get().value == "dQw4w9WgXcQ"


def test_a_video_container_with_audio_only_is_music(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.m4a", TAGS).rename(tmp_path / "a.mp4")
    assert run_import(lea, tmp_path).rejected == []
    assert Item.objects.get(kind=Kind.TRACK).title == "Blue Hour"


def test_media_without_an_ending_is_recognised_by_its_first_bytes(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS).rename(tmp_path / "a")
    (tmp_path / "README").write_text("not media")
    make_video(tmp_path / "b.mkv").rename(tmp_path / "b")
    assert run_import(lea, tmp_path).files_added == 2


def test_a_cover_is_not_shared_by_films_in_one_folder(lea: Person, tmp_path: Path) -> None:
    for name in ("Heat (1995).mkv", "Ronin (1998).mkv"):
        make_video(tmp_path / name)
    make_picture(tmp_path / "poster.jpg")
    run_import(lea, tmp_path)
    assert set(Item.objects.values_list("artwork", flat=True)) == {""}


def test_a_compilation_is_one_album(lea: Person, tmp_path: Path) -> None:
    for number, artist in enumerate(("Ann", "Ben", "Cleo"), start=1):
        make_audio(tmp_path / f"{number}.flac", {"title": f"Song {number}", "artist": artist, "album": "Party"})
    run_import(lea, tmp_path)
    album = Item.objects.get(kind=Kind.ALBUM)
    assert [credit.contributor.name for credit in album.credits.all()] == ["Various Artists"]
    assert album.children.count() == 3


def test_a_series_gets_details_and_poster_from_its_folder(lea: Person, tmp_path: Path) -> None:
    show = tmp_path / "Dark Woods"
    make_video(show / "Season 1" / "Dark.Woods.S01E01.mkv")
    make_video(show / "Season 1" / "Dark.Woods.S01E02.mkv")
    (show / "tvshow.nfo").write_text(
        "<tvshow><title>Dark Woods</title><year>2011</year><plot>Trees.</plot>"
        '<uniqueid type="tmdb">603</uniqueid></tvshow>'
    )
    make_picture(show / "poster.jpg")
    Item.objects.create(kind="film", title="A film", title_key="a film").external_ids.create(
        namespace="tmdb", value="603"
    )
    run_import(lea, tmp_path)
    series = Item.objects.get(kind=Kind.SERIES)
    assert (series.year, series.synopsis, series.children.count()) == (2011, "Trees.", 2)
    assert series.artwork
    assert series.external_ids.get().namespace == "tmdb-series"


def test_events_known_only_by_order_are_marked_so(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text("1::A (1990)::Drama\n2::B (1991)::Drama\n")
    (tmp_path / "sequences.txt").write_text("5 2 1\n6 1\n")
    run_import(lea, tmp_path, movielens_user="5")
    assert list(Interaction.objects.values_list("item__title", "origin", "what")) == [
        ("B", "order-only", "finished"),
        ("A", "order-only", "finished"),
    ]


def test_a_table_may_name_pictures_in_its_folder_but_not_outside(lea: Person, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    make_picture(folder / "art" / "heat.png")
    make_picture(tmp_path / "secret.png")
    (folder / "films.csv").write_text(
        "kind,title,year,artwork\nfilm,Heat,1995,art/heat.png\nfilm,Ronin,1998,../secret.png\nfilm,Up,2009,no.png\n"
    )
    assert run_import(lea, folder).items_added == 3
    assert [item.title for item in Item.objects.exclude(artwork="")] == ["Heat"]


def test_pictures_are_read_from_a_zip(lea: Person, tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        "x/films.csv": "kind,title,year,artwork\nfilm,Heat,1995,x/heat.png\n",
        "x/heat.png": picture_bytes(),
    }
    run_import(lea, make_zip(tmp_path / "x.zip", members))
    assert Item.objects.get().artwork


def test_a_line_without_an_end_is_not_read_into_memory(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"kind": "film", "title": "Heat", "year": 1995}\n' + "x" * 2_000_000)
    summary = run_import(lea, tmp_path / "x.jsonl")
    assert summary.items_added == 1
    assert "line 2: longer than" in summary.rejected[0]["reason"]


def test_a_cell_too_large_for_a_table_is_named(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("kind,title\nfilm,Heat\nfilm," + "x" * 200_000 + "\n")
    summary = run_import(lea, tmp_path / "x.csv")
    assert summary.items_added == 1
    assert "field larger than" in summary.rejected[0]["reason"]


def test_a_playlist_named_like_a_film_opens_no_other_file(lea: Person, tmp_path: Path) -> None:
    hidden = make_video(tmp_path / "hidden" / "secret.mkv")
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "list (1999).mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{hidden}\n#EXT-X-ENDLIST\n")
    (folder / "join (1999).mkv").write_text(f"ffconcat version 1.0\nfile '{hidden}'\n")
    summary = run_import(lea, folder)
    assert (summary.files_added, len(summary.rejected)) == (0, 2)


def test_a_double_episode_is_imported_as_its_first(lea: Person, tmp_path: Path) -> None:
    make_video(tmp_path / "Dark.Woods.S01E03E04.mkv")
    run_import(lea, tmp_path)
    assert Item.objects.get(kind=Kind.EPISODE).number == 3


def parse_table(path: Path, content: bytes) -> list[ParsedRow]:
    path.write_bytes(content)
    return list(GenericImporter().parse(Source(path), ReadOptions()))


def test_one_endless_cell_of_a_table_affects_no_other_row(tmp_path: Path) -> None:
    lines = ("kind,title,year", "film," + "A" * 10_000_000 + ",1995", "film,Ran,1985", "")
    first, second = parse_table(tmp_path / "x.csv", "\n".join(lines).encode())
    assert "x.csv, line 2: field larger than" in first.problem
    assert second.work is not None and (second.work.title, second.location) == ("Ran", "x.csv, line 3")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_in_any_encoding_and_delimiter(encoding: str, delimiter: str, tmp_path: Path) -> None:
    lines = (["kind", "title", "year"], ["film", "Café Élan", "1995"])
    content = "\r\n".join(delimiter.join(cells) for cells in lines).encode(encoding)
    (row,) = parse_table(tmp_path / "x.csv", content)
    assert row.work is not None and (row.work.title, row.work.year) == ("Café Élan", 1995)
