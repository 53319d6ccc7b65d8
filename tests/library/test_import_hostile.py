"""What hostile or odd sources try, and what stays whole: each a sentence that names the file, the rest goes in."""

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


def bring_in(person: Person, path: Path, **options: object) -> batches.BatchSummary:
    batch = batches.create_batch(person, path, options=dict(options))
    batches.read_batch(batch.pk)
    batches.commit_batch(batch.pk)
    return batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk))


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    return path


def test_text_that_no_database_holds_is_stored_readable(lea: Person, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "x.jsonl",
        '{"kind": "film", "title": "Half \\ud800 pair", "year": 1990, "note\\ud801": "a\\u0000b"}',
        {"kind": "film", "title": "Plain", "year": 1991},
    )
    assert bring_in(lea, path).items_added == 2
    assert Item.objects.filter(title__startswith="Half").exists()


def test_a_title_of_a_megabyte_is_cut_and_the_rest_goes_in(lea: Person, tmp_path: Path) -> None:
    long = "界" * 20_000
    path = write_lines(
        tmp_path / "x.jsonl",
        {"kind": "film", "title": long, "year": 1990, "people": {"actor": [long]}, "tags": [long], "synopsis": long},
        {"kind": "film", "title": "Plain", "year": 1991, "ids": {"imdb": "t" * 5000}},
    )
    assert bring_in(lea, path).items_added == 2
    assert max(len(title) for title in Item.objects.values_list("title", flat=True)) <= 400


def test_a_members_path_that_climbs_is_named_and_the_rest_of_the_zip_goes_in(lea: Person, tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "mixed.zip",
        {
            "inside/films.csv": "kind,title,year\nfilm,Heat,1995\n",
            "../out.csv": "kind,title\nfilm,Out\n",
            "/etc/abs.csv": "kind,title\nfilm,Abs\n",
        },
    )
    summary = bring_in(lea, path)
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
    assert "link" in bring_in(lea, path).rejected[0]["reason"]


def test_a_zip_of_too_many_files_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediarec.library.importers.source.MOST_MEMBERS", 3)
    path = make_zip(tmp_path / "many.zip", {f"{number}.csv": "kind,title\n" for number in range(4)})
    with pytest.raises(MediarecError, match=r"many\.zip holds 4 files; at most 3"):
        Source(path)


def test_a_cut_off_zip_is_named(lea: Person, tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "whole.zip", {"x.csv": "kind,title\nfilm,Heat\n"}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediarecError, match=r"cut\.zip"):
        batches.create_batch(lea, tmp_path / "cut.zip")


def test_a_huge_picture_inside_a_file_is_named_and_the_track_comes_in(lea: Person, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.flac", TAGS)
    opened = FLAC(path)  # type: ignore[no-untyped-call]
    picture = Picture()  # type: ignore[no-untyped-call]
    picture.type, picture.mime, picture.data = 3, "image/png", picture_bytes((9000, 9000))
    opened.add_picture(picture)  # type: ignore[no-untyped-call]
    opened.save()
    summary = bring_in(lea, tmp_path)
    assert summary.files_added == 1
    assert [row["reason"] for row in summary.rejected] == [f"{path}: The picture is too large: 9000 by 9000 pixels."]


def test_a_cover_that_is_no_picture_is_named(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    (tmp_path / "cover.jpg").write_text("no picture at all")
    (row,) = bring_in(lea, tmp_path).rejected
    assert row["path"].endswith("cover.jpg")


def test_broken_tags_leave_the_name(lea: Person, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Night Drive.mp3", TAGS)
    data = bytearray(path.read_bytes())
    assert data[:3] == b"ID3"
    data[10:60] = b"\xff" * 50  # the frames of the tag, not the sound
    path.write_bytes(bytes(data))
    summary = bring_in(lea, tmp_path)
    assert summary.files_added == 1
    assert Item.objects.filter(kind=Kind.TRACK, title="Night Drive").exists()


def test_a_file_no_one_may_read_is_named(lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_audio(tmp_path / "a.flac", TAGS)
    make_audio(tmp_path / "b.flac", {**TAGS, "title": "Other"})

    def refuse(path: bytes, size: int) -> str:
        if path.endswith(b"a.flac"):
            raise PermissionError(13, "Permission denied")
        return "0" * 64

    monkeypatch.setattr("mediarec.library.importers.folder.hash_content", refuse)
    summary = bring_in(lea, tmp_path)
    assert (summary.files_added, len(summary.rejected)) == (1, 1)
    assert "a.flac cannot be read: Permission denied" in summary.rejected[0]["reason"]


def test_a_folder_that_is_gone_before_it_is_read_fails_the_batch_with_its_name(lea: Person, tmp_path: Path) -> None:
    folder = tmp_path / "music"
    make_audio(folder / "a.flac", TAGS)
    batch = batches.create_batch(lea, folder)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(MediarecError, match="music"):
        batches.read_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.FAILED
    assert "music" in batch.error


def test_numbers_in_a_clips_name_make_no_episode(lea: Person, tmp_path: Path) -> None:
    for name in ("My clip 123.mp4", "IMG_20240512_1234.mp4", "A walk [dQw4w9WgXcQ].mp4"):
        make_video(tmp_path / name)
    bring_in(lea, tmp_path)
    assert set(Item.objects.values_list("kind", "title")) == {
        (Kind.VIDEO, "My clip 123"),
        (Kind.VIDEO, "IMG 20240512 1234"),
        (Kind.VIDEO, "A walk"),
    }
    assert Item.objects.get(title="A walk").external_ids.get().value == "dQw4w9WgXcQ"


def test_sound_in_a_films_container_is_music(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.m4a", TAGS).rename(tmp_path / "a.mp4")
    assert bring_in(lea, tmp_path).rejected == []
    assert Item.objects.get(kind=Kind.TRACK).title == "Blue Hour"


def test_media_without_an_ending_is_known_by_how_it_begins(lea: Person, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.flac", TAGS).rename(tmp_path / "a")
    (tmp_path / "README").write_text("not media")
    make_video(tmp_path / "b.mkv").rename(tmp_path / "b")
    assert bring_in(lea, tmp_path).files_added == 2


def test_a_cover_is_not_shared_by_films_in_one_folder(lea: Person, tmp_path: Path) -> None:
    for name in ("Heat (1995).mkv", "Ronin (1998).mkv"):
        make_video(tmp_path / name)
    make_picture(tmp_path / "poster.jpg")
    bring_in(lea, tmp_path)
    assert set(Item.objects.values_list("artwork", flat=True)) == {""}


def test_a_compilation_is_one_album(lea: Person, tmp_path: Path) -> None:
    for number, artist in enumerate(("Ann", "Ben", "Cleo"), start=1):
        make_audio(tmp_path / f"{number}.flac", {"title": f"Song {number}", "artist": artist, "album": "Party"})
    bring_in(lea, tmp_path)
    album = Item.objects.get(kind=Kind.ALBUM)
    assert [credit.contributor.name for credit in album.credits.all()] == ["Various Artists"]
    assert album.children.count() == 3


def test_a_series_brings_its_own_facts_and_poster(lea: Person, tmp_path: Path) -> None:
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
    bring_in(lea, tmp_path)
    series = Item.objects.get(kind=Kind.SERIES)
    assert (series.year, series.synopsis, series.children.count()) == (2011, "Trees.", 2)
    assert series.artwork
    assert series.external_ids.get().namespace == "tmdb-series"


def test_an_order_without_times_says_so(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text("1::A (1990)::Drama\n2::B (1991)::Drama\n")
    (tmp_path / "sequences.txt").write_text("5 2 1\n6 1\n")
    bring_in(lea, tmp_path, movielens_user="5")
    assert list(Interaction.objects.values_list("item__title", "origin", "what")) == [
        ("B", "order-only", "finished"),
        ("A", "order-only", "finished"),
    ]


def test_a_table_names_pictures_beside_it_but_none_outside(lea: Person, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    make_picture(folder / "art" / "heat.png")
    make_picture(tmp_path / "secret.png")
    (folder / "films.csv").write_text(
        "kind,title,year,artwork\nfilm,Heat,1995,art/heat.png\nfilm,Ronin,1998,../secret.png\nfilm,Up,2009,no.png\n"
    )
    assert bring_in(lea, folder).items_added == 3
    assert [item.title for item in Item.objects.exclude(artwork="")] == ["Heat"]


def test_pictures_come_out_of_a_zip(lea: Person, tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        "x/films.csv": "kind,title,year,artwork\nfilm,Heat,1995,x/heat.png\n",
        "x/heat.png": picture_bytes(),
    }
    bring_in(lea, make_zip(tmp_path / "x.zip", members))
    assert Item.objects.get().artwork


def test_a_line_without_an_end_is_not_read_into_memory(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"kind": "film", "title": "Heat", "year": 1995}\n' + "x" * 2_000_000)
    summary = bring_in(lea, tmp_path / "x.jsonl")
    assert summary.items_added == 1
    assert "line 2: longer than" in summary.rejected[0]["reason"]


def test_a_cell_too_large_for_a_table_is_named(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("kind,title\nfilm,Heat\nfilm," + "x" * 200_000 + "\n")
    summary = bring_in(lea, tmp_path / "x.csv")
    assert summary.items_added == 1
    assert "field larger than" in summary.rejected[0]["reason"]


def test_a_playlist_named_like_a_film_opens_nothing_else(lea: Person, tmp_path: Path) -> None:
    hidden = make_video(tmp_path / "hidden" / "secret.mkv")
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "list (1999).mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{hidden}\n#EXT-X-ENDLIST\n")
    (folder / "join (1999).mkv").write_text(f"ffconcat version 1.0\nfile '{hidden}'\n")
    summary = bring_in(lea, folder)
    assert (summary.files_added, len(summary.rejected)) == (0, 2)


def test_a_double_episode_is_its_first(lea: Person, tmp_path: Path) -> None:
    make_video(tmp_path / "Dark.Woods.S01E03E04.mkv")
    bring_in(lea, tmp_path)
    assert Item.objects.get(kind=Kind.EPISODE).number == 3


def parse_table(path: Path, content: bytes) -> list[ParsedRow]:
    path.write_bytes(content)
    return list(GenericImporter().parse(Source(path), ReadOptions()))


def test_one_endless_cell_of_a_table_spoils_no_other_row(tmp_path: Path) -> None:
    lines = ("kind,title,year", "film," + "A" * 10_000_000 + ",1995", "film,Ran,1985", "")
    first, second = parse_table(tmp_path / "x.csv", "\n".join(lines).encode())
    assert "x.csv, line 2: field larger than" in first.problem
    assert second.work is not None and (second.work.title, second.location) == ("Ran", "x.csv, line 3")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_as_it_was_written(encoding: str, delimiter: str, tmp_path: Path) -> None:
    lines = (["kind", "title", "year"], ["film", "Café Élan", "1995"])
    content = "\r\n".join(delimiter.join(cells) for cells in lines).encode(encoding)
    (row,) = parse_table(tmp_path / "x.csv", content)
    assert row.work is not None and (row.work.title, row.work.year) == ("Café Élan", 1995)
