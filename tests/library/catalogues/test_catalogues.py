"""Catalogue imports: idempotent, updated in place, resumable, and never changing owned items or edited fields."""

import gzip
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from mediarec.library import catalogues
from mediarec.library.catalogues import CatalogueFilters, runner
from mediarec.library.errors import MediarecError
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import CatalogueRun, Contributor, Credit, ExternalId, Item, MediaFile
from mediarec.library.models import CatalogueState as State

pytestmark = pytest.mark.django_db
BASICS = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres"
N = r"\N"
TITLES = [
    ("tt0000001", "movie", "Heat", "Heat", "0", "1995", N, "170", "Crime,Drama"),
    ("tt0000002", "tvSeries", "The Wire", "The Wire", "0", "2002", "2008", "59", "Crime"),
    ("tt0000003", "movie", "Solaris", "Солярис", "0", "1972", N, "167", "Drama,Sci-Fi"),
    ("tt0000004", "tvEpisode", "The Target", "The Target", "0", "2002", N, "62", "Crime"),
    ("tt0000005", "movie", "Rarely Seen", "Rarely Seen", "0", "1999", N, N, N),
]
VOTES = {"tt0000001": 700_000, "tt0000002": 380_000, "tt0000003": 98_000, "tt0000005": 3}
REC, REL = "{:08d}-0000-4000-8000-000000000001", "{:08d}-0000-4000-8000-000000000002"


def write_imdb(folder: Path, titles: Any = TITLES) -> list[Path]:
    folder.mkdir(exist_ok=True)
    tables = {
        "title.basics.tsv.gz": [BASICS, *("\t".join(row) for row in titles)],
        "title.ratings.tsv.gz": [
            "tconst\taverageRating\tnumVotes",
            *(f"{name}\t8.0\t{count}" for name, count in VOTES.items()),
        ],
        "title.principals.tsv.gz": [
            "tconst\tordering\tnconst\tcategory\tjob\tcharacters",
            f"tt0000001\t1\tnm0000001\tactor\t{N}\t{N}",
            f"tt0000001\t2\tnm0000002\tdirector\t{N}\t{N}",
            f"tt0000004\t1\tnm0000003\tactor\t{N}\t{N}",
        ],
        "name.basics.tsv.gz": [
            "nconst\tprimaryName",
            "nm0000001\tAl Pacino",
            "nm0000002\tMichael Mann",
            "nm0000003\tX",
        ],
    }
    for name, lines in tables.items():
        (folder / name).write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return [folder]


def run_import(name: str, paths: list[Path], filters: CatalogueFilters | None = None) -> dict[str, Any]:
    return catalogues.import_catalogue(name, paths, filters or CatalogueFilters()).to_json()


def test_imdb_import_adds_people_ids_and_popularity(tmp_path: Path) -> None:
    summary = run_import("imdb", write_imdb(tmp_path))
    assert (summary["rows"], summary["added"], summary["rejected_count"]) == (4, 4, 0)
    heat = Item.objects.get(external_ids__value="tt0000001")
    assert (heat.kind, heat.year, heat.runtime_seconds, heat.genres) == ("film", 1995, 170 * 60, ["Crime", "Drama"])
    assert heat.popularity == 1.0 and heat.catalogue == "imdb"
    credits = Credit.objects.filter(item=heat).order_by("role").values_list("role", "contributor__name")
    assert list(credits) == [("actor", "Al Pacino"), ("director", "Michael Mann")]
    assert Item.objects.get(title="Solaris").original_title == "Солярис"
    assert not Contributor.objects.filter(name="X").exists()


def test_imported_works_have_the_same_search_words_as_any_other_item(tmp_path: Path) -> None:
    run_import("imdb", write_imdb(tmp_path))
    before = list_search_words()
    assert "'pacino':B" in before["Heat"]
    refresh_search(list(Item.objects.values_list("pk", flat=True)))
    assert list_search_words() == before


def list_search_words() -> dict[str, set[str]]:
    """Search words with their weights, ignoring positions: the order of an item's people does not matter."""
    rows = Item.objects.values_list("title", "search")
    return {
        title: set(re.sub(r"[0-9,]+([A-D]?)", r"\1", str(vector)).replace("BB", "B").split()) for title, vector in rows
    }


def test_reimporting_changes_nothing_and_a_newer_dump_updates_in_place(tmp_path: Path) -> None:
    run_import("imdb", write_imdb(tmp_path))
    ids = dict(Item.objects.values_list("title", "pk"))
    again = run_import("imdb", write_imdb(tmp_path))
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 4)
    newer = [*TITLES[:2], ("tt0000003", "movie", "Solaris", "Солярис", "0", "1971", N, "165", "Drama"), *TITLES[4:]]
    summary = run_import("imdb", write_imdb(tmp_path, newer))
    assert (summary["added"], summary["updated"], summary["unchanged"]) == (0, 1, 3)
    solaris = Item.objects.get(title="Solaris")
    assert (solaris.pk, solaris.year, solaris.runtime_seconds) == (ids["Solaris"], 1971, 165 * 60)


def test_edited_fields_and_owned_items_are_never_changed(tmp_path: Path) -> None:
    run_import("imdb", write_imdb(tmp_path))
    Item.objects.filter(title="Solaris").update(year=1973, edited_fields=["year"])
    owned = Item.objects.get(title="The Wire")
    MediaFile.objects.create(item=owned, path_raw=b"/w", path="/w", size_bytes=1, mtime_ns=1, content_hash="w")
    newer = [(*row[:5], "2001", *row[6:8], "Comedy") for row in TITLES]
    summary = run_import("imdb", write_imdb(tmp_path, newer))
    assert summary["owned"] == 1
    solaris = Item.objects.get(title="Solaris")
    assert (solaris.year, solaris.genres) == (1973, ["Comedy"])
    owned.refresh_from_db()
    assert (owned.year, owned.genres) == (2002, ["Crime"])


def test_a_film_matched_by_title_gets_the_id_and_is_not_duplicated(tmp_path: Path) -> None:
    here = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995, synopsis="Ours.")
    other = Item.objects.create(kind="film", title="Solaris", title_key="solaris", year=2002)
    summary = run_import("imdb", write_imdb(tmp_path))
    assert summary["added"] == 3
    here.refresh_from_db()
    assert (here.synopsis, here.runtime_seconds, here.catalogue) == ("Ours.", 170 * 60, "")
    assert here.external_ids.get().value == "tt0000001"
    assert here.credits.count() == 2
    other.refresh_from_db()
    assert other.runtime_seconds is None


def test_two_films_of_one_title_and_year_stay_separate(tmp_path: Path) -> None:
    here = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    twin = ("tt0000009", *TITLES[0][1:])
    summary = run_import("imdb", write_imdb(tmp_path, [*TITLES, twin]))
    assert summary["added"] == 5
    assert not here.external_ids.exists()


def test_an_id_of_another_kind_is_neither_merged_nor_duplicated(tmp_path: Path) -> None:
    here = Item.objects.create(kind="series", title="Heat", title_key="heat")
    ExternalId.objects.create(item=here, namespace="imdb", value="tt0000001")
    for _ in range(2):
        summary = run_import("imdb", write_imdb(tmp_path))
        assert summary["other_kind"] == 1
    assert Item.objects.filter(title="Heat").count() == 1


def test_filters_select_by_kind_votes_years_and_number(tmp_path: Path) -> None:
    paths = write_imdb(tmp_path)
    assert run_import("imdb", paths, CatalogueFilters(kinds=("series",)))["rows"] == 1
    assert run_import("imdb", paths, CatalogueFilters(min_votes=100_000))["rows"] == 2
    assert run_import("imdb", paths, CatalogueFilters(first_year=1990, last_year=1999))["rows"] == 2
    assert run_import("imdb", paths, CatalogueFilters(limit=1))["rows"] == 1


def test_skipped_rows_are_reported_with_location_and_reason(tmp_path: Path) -> None:
    bad = [
        ("tt1",),
        ("x7", *TITLES[0][1:]),
        ("tt0000008", "opera", *TITLES[0][2:]),
        ("tt0000007", "movie", N, *TITLES[0][3:]),
    ]
    summary = run_import("imdb", write_imdb(tmp_path, [*TITLES, *bad]))
    assert [row["row"] for row in summary["rejected"]] == [f"title.basics.tsv.gz, line {n}" for n in (7, 8, 9, 10)]
    assert "last column" in summary["rejected"][0]["reason"] and "opera" in summary["rejected"][2]["reason"]
    assert summary["added"] == 4


def test_a_run_killed_between_chunks_resumes_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_imdb(tmp_path)
    monkeypatch.setattr(runner, "CHUNK", 2)

    def die(what: str, done: int, total: int) -> None:
        if what == "added":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalogues.import_catalogue("imdb", paths, on_progress=die)
    assert Item.objects.count() == 2
    assert CatalogueRun.objects.get().state == State.MERGING
    summary = run_import("imdb", paths)
    assert (summary["resumed"], summary["added"], Item.objects.count()) == (True, 4, 4)
    assert CatalogueRun.objects.get().state == State.DONE


def test_a_run_killed_while_reading_leaves_nothing_and_starts_over(tmp_path: Path) -> None:
    paths = write_imdb(tmp_path)
    CatalogueRun.objects.create(catalogue="imdb", label="x", fingerprint="other")

    def die(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalogues.import_catalogue("imdb", paths, on_progress=die)
    assert not CatalogueRun.objects.exists() and not Item.objects.exists()
    assert run_import("imdb", paths)["resumed"] is False


def write_musicbrainz(path: Path) -> Path:
    head = (
        "id,artist_credit_id,artist_mbids,artist_credit_name,release_mbid,release_name,"
        "recording_mbid,recording_name,combined_lookup,score,year"
    )
    rows = [
        f'1,1,x,"Simon, Paul",{REL.format(1)},Graceland,{REC.format(1)},"You Can Call Me ""Al""",x,1,1986',
        f"2,1,x,Paul Simon,{REL.format(1)},Graceland,{REC.format(2)},Graceland,x,1,1986",
        f"3,1,x,Nina Simone,,,{REC.format(3)},Sinnerman,x,1,",
        "4,1,x,Nobody,,,not-an-id,Nothing,x,1,",
        '5,1,x,"Torn,,,',
    ]
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_musicbrainz_import_adds_recordings_to_their_albums(tmp_path: Path) -> None:
    summary = run_import("musicbrainz", [write_musicbrainz(tmp_path / "canonical_musicbrainz_data.csv")])
    assert (summary["added"], summary["rejected_count"]) == (4, 2)
    track = Item.objects.get(external_ids__value=REC.format(1))
    assert track.title == 'You Can Call Me "Al"' and track.parent is not None
    assert track.parent.external_ids.get().namespace == "musicbrainz-release"
    assert track.credits.get().contributor.name == "Simon, Paul"
    assert run_import("musicbrainz", [tmp_path])["unchanged"] == 4


def test_musicbrainz_is_read_from_its_archive(tmp_path: Path) -> None:
    table = write_musicbrainz(tmp_path / "t.csv")
    with tarfile.open(tmp_path / "dump.tar.gz", "w:gz") as archive:
        archive.add(table, "musicbrainz-canonical-dump-1/canonical/canonical_musicbrainz_data.csv")
    assert run_import("musicbrainz", [tmp_path / "dump.tar.gz"])["added"] == 4


def test_a_track_is_matched_by_title_and_artist(tmp_path: Path) -> None:
    here = Item.objects.create(kind="track", title="Sinnerman", title_key="sinnerman")
    cover = Item.objects.create(kind="track", title="Graceland", title_key="graceland")
    for item, name in ((here, "Nina Simone"), (cover, "Somebody Else")):
        person = Contributor.objects.create(name=name, name_key=name.lower())
        Credit.objects.create(item=item, contributor=person, role="artist")
    run_import("musicbrainz", [write_musicbrainz(tmp_path / "m.csv")])
    assert here.external_ids.get().value == REC.format(3)
    assert not cover.external_ids.exists()


def test_movielens_and_jsonl_import_works_without_events(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n2,Alien (1979),Horror\n")
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0000001,\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,1\n2,1,4.0,1\n1,2,4.0,1\n")
    assert run_import("movielens", [tmp_path], CatalogueFilters(min_votes=2))["added"] == 1
    assert set(Item.objects.get().external_ids.values_list("value", flat=True)) == {"tt0000001", "1"}
    rows = [
        {"kind": "film", "title": "Heat", "year": 1995, "ids": {"imdb": "tt0000001"}, "synopsis": "A heist."},
        {"kind": "episode", "title": "Pilot", "series": "Lost Place", "ids": {"tmdb": "7"}, "season": 1, "number": 1},
        {"kind": "film", "title": "Nameless"},
    ]
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = run_import("jsonl", [path])
    assert (summary["added"], summary["updated"], summary["rejected_count"]) == (2, 1, 1)
    assert Item.objects.get(title="Heat").synopsis == "A heist."
    pilot = Item.objects.get(title="Pilot")
    assert pilot.parent is not None and pilot.parent.title == "Lost Place"


@pytest.mark.parametrize("name", sorted(catalogues.READERS))
def test_a_file_of_another_format_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"\x1f\x8bnot really gzip")
    with pytest.raises(MediarecError, match=r"\.$"):
        run_import(name, [path])
    assert not CatalogueRun.objects.exists()
