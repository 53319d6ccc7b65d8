"""Histories: Letterboxd, MovieLens, and the generic tables; batches previewed, resumed and undone."""

import json
from pathlib import Path

import pytest

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import BatchState, ImportBatch, ImportRow, Interaction, Item, Outcome, Person
from tests.media import make_letterboxd, make_zip

pytestmark = pytest.mark.django_db


@pytest.fixture
def lea() -> Person:
    return Person.objects.create_user("lea")


def read(person: Person, path: Path, **options: object) -> ImportBatch:
    batch = batches.create_batch(person, path, options=dict(options))
    batches.read_batch(batch.pk)
    batch.refresh_from_db()
    return batch


def run_import(person: Person, path: Path, **options: object) -> batches.BatchSummary:
    batch = read(person, path, **options)
    batches.commit_batch(batch.pk)
    batch.refresh_from_db()
    return batches.summarise_batch(batch)


def list_events() -> set[tuple[str, str, str]]:
    rows = Interaction.objects.values_list("item__title", "what", "occurred_at")
    return {(title, what, when.date().isoformat()) for title, what, when in rows}


def test_a_letterboxd_export_gives_each_event_once(lea: Person, tmp_path: Path) -> None:
    summary = run_import(lea, make_letterboxd(tmp_path / "letterboxd.zip"))
    assert list_events() == {
        ("Solaris", "finished", "2024-02-01"),
        ("Solaris", "finished", "2024-05-01"),
        ("Solaris", "rated", "2024-05-02"),
        ("Solaris", "liked", "2024-05-03"),
        ("Mirror", "finished", "2024-01-01"),
        ("Ikiru", "saved", "2024-03-03"),
    }
    assert Interaction.objects.get(what="rated").value == 1.0
    assert set(Item.objects.get(title="Solaris").tags) == {"space", "slow"}
    assert len(summary.rejected) == 2
    assert not Item.objects.filter(title="Gone").exists()


def test_a_single_letterboxd_file_is_recognised_by_its_columns(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "my films.csv").write_text("Date,Name,Year,Letterboxd URI,Rating\n2024-05-02,Solaris,1972,u,4.5\n")
    run_import(lea, tmp_path / "my films.csv")
    assert list_events() == {("Solaris", "rated", "2024-05-02")}


def test_a_rejected_row_names_file_line_and_value(lea: Person, tmp_path: Path) -> None:
    reasons = [row["reason"] for row in run_import(lea, make_letterboxd(tmp_path / "l.zip")).rejected]
    assert any("ratings.csv, line 3" in reason and "'9'" in reason for reason in reasons)
    assert any("likes/films.csv" in reason and "not a date" in reason for reason in reasons)


def test_a_second_import_of_an_export_adds_nothing(lea: Person, tmp_path: Path) -> None:
    path = make_letterboxd(tmp_path / "l.zip")
    run_import(lea, path)
    before = list_events()
    again = run_import(lea, path)
    assert (again.items_added, again.interactions_added) == (0, 0)
    assert list_events() == before


def test_a_preview_does_not_change_the_library(lea: Person, tmp_path: Path) -> None:
    batch = read(lea, make_letterboxd(tmp_path / "l.zip"))
    assert batch.state == BatchState.PREVIEW
    assert batch.rows.filter(outcome=Outcome.ADDED).exists()
    assert not Item.objects.exists()
    assert not Interaction.objects.exists()


def test_undo_restores_the_previous_state_exactly(lea: Person, tmp_path: Path) -> None:
    known = Item.objects.create(kind="film", title="Solaris", title_key=normalise_title("Solaris"), year=1972)
    summary = run_import(lea, make_letterboxd(tmp_path / "l.zip"))
    known.refresh_from_db()
    assert known.tags
    batches.undo_batch(summary.batch)
    known.refresh_from_db()
    assert (known.tags, list(Item.objects.all()), Interaction.objects.count()) == ([], [known], 0)
    batches.undo_batch(summary.batch)
    assert ImportBatch.objects.get(pk=summary.batch).state == BatchState.UNDONE


def test_undo_keeps_a_work_that_another_person_uses(lea: Person, tmp_path: Path) -> None:
    summary = run_import(lea, make_letterboxd(tmp_path / "l.zip"))
    bo = Person.objects.create_user("bo")
    used = Item.objects.get(title="Mirror")
    Interaction.objects.create(person=bo, item=used, what="liked", occurred_at=used.created_at)
    batches.undo_batch(summary.batch)
    assert [item.title for item in Item.objects.all()] == ["Mirror"]


def test_a_commit_killed_midway_resumes_where_it_stopped(
    lea: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.dumps({"kind": "film", "title": f"Film {number}", "year": 1990}) for number in range(25)]
    (tmp_path / "films.jsonl").write_text("\n".join(lines))
    monkeypatch.setattr("mediarec.library.batches.commit.CHUNK", 10)
    batch = read(lea, tmp_path / "films.jsonl")

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batches.commit_batch(batch.pk, on_progress=die)
    assert Item.objects.count() == 10
    batches.commit_batch(batch.pk)
    assert Item.objects.count() == 25
    assert ImportRow.objects.filter(batch=batch, outcome=Outcome.ADDED).count() == 25


def test_a_title_without_a_year_waits_for_review(lea: Person, tmp_path: Path) -> None:
    known = Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    (tmp_path / "x.csv").write_text("kind,title,what,when\nfilm,Heat,finished,2024-01-01\n")
    summary = run_import(lea, tmp_path / "x.csv")
    row = ImportRow.objects.get(batch=summary.batch)
    assert (row.outcome, summary.interactions_added) == (Outcome.REVIEW, 0)
    batches.resolve_row(row.pk, known.pk)
    assert Interaction.objects.get().item == known
    with pytest.raises(MediarecError, match="does not wait"):
        batches.resolve_row(row.pk, "skip")


def test_a_row_in_review_can_become_a_new_item(lea: Person, tmp_path: Path) -> None:
    Item.objects.create(kind="film", title="Heat", title_key="heat", year=1995)
    (tmp_path / "x.csv").write_text("kind,title,what,when\nfilm,Heat,finished,2024-01-01\n")
    summary = run_import(lea, tmp_path / "x.csv")
    batches.resolve_row(ImportRow.objects.get(batch=summary.batch).pk, "new")
    assert Item.objects.filter(title="Heat").count() == 2
    assert Interaction.objects.get().item.year is None


def test_a_film_is_matched_by_its_original_title(lea: Person, tmp_path: Path) -> None:
    Item.objects.create(
        kind="film", title="Seven Samurai", title_key="seven samurai", original_title="Shichinin no samurai", year=1954
    )
    (tmp_path / "x.csv").write_text(
        "kind,title,year,original_title\nfilm,Shichinin no samurai,1954,\nfilm,Les Sept,1954,Seven Samurai\n"
    )
    assert run_import(lea, tmp_path / "x.csv").items_added == 0


def test_remakes_of_one_title_stay_separate(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("kind,title,year\nfilm,Solaris,1972\nfilm,Solaris,2002\n")
    assert run_import(lea, tmp_path / "x.csv").items_added == 2


def test_the_same_song_on_two_albums_stays_separate(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "kind,title,artist,album\ntrack,One,U,Studio\ntrack,One,U,Live\ntrack,One,V,Studio\n"
    )
    run_import(lea, tmp_path / "x.csv")
    assert Item.objects.filter(kind="track").count() == 3


MOVIES_DAT = "1::Matrix, The (1999)::Action|Sci-Fi\n2::Léon (1994)::Crime\n3::Unseen (1990)::Drama\n"


def test_movielens_dat_imports_the_ratings_of_one_user(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_bytes(MOVIES_DAT.encode("latin-1"))
    (tmp_path / "ratings.dat").write_text("7::1::5::978300760\n7::2::3::978300761\n8::3::4::978300762\n")
    summary = run_import(lea, tmp_path, movielens_user="7")
    assert (summary.items_added, summary.interactions_added) == (2, 2)
    film = Item.objects.get(title="The Matrix")
    assert (film.year, film.genres) == (1999, ["Action", "Science Fiction"])
    assert Item.objects.filter(title="Léon").exists()


def test_movielens_titles_are_rewritten_in_natural_order(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text(
        "1::Postman, The (Postino, Il) (1994)::Drama\n"
        "2::Seven (a.k.a. Se7en) (1995)::Crime\n"
        "3::Seven Samurai (The Magnificent Seven) (Shichinin no samurai) (1954)::Drama\n"
    )
    run_import(lea, tmp_path, whole_catalogue=True)
    assert set(Item.objects.values_list("title", "original_title", "year")) == {
        ("The Postman", "Il Postino", 1994),
        ("Seven", "", 1995),
        ("Seven Samurai", "Shichinin no samurai", 1954),
    }


def test_movielens_csv_imports_ids_and_the_whole_set_on_request(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text('movieId,title,genres\n1,"Matrix, The (1999)",Action\n3,Unseen (1990),Drama\n')
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0133093,603\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.5,978300760\n")
    assert run_import(lea, tmp_path, whole_catalogue=True).items_added == 2
    ids = dict(Item.objects.get(title="The Matrix").external_ids.values_list("namespace", "value"))
    assert ids == {"movielens": "1", "imdb": "tt0133093", "tmdb": "603"}


def test_an_unknown_movielens_user_is_named_in_the_error(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text("1::A (1990)::Drama\n")
    (tmp_path / "ratings.dat").write_text("7::1::5::978300760\n")
    batch = batches.create_batch(lea, tmp_path, options={"movielens_user": "99"})
    with pytest.raises(MediarecError, match="no person 99"):
        batches.read_batch(batch.pk)


def test_a_table_with_the_wrong_columns_names_the_right_ones(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("foo,bar\n1,2\n")
    (row,) = run_import(lea, tmp_path / "x.csv").rejected
    assert "kind and title are missing" in row["reason"]
    assert "found foo, bar" in row["reason"]


@pytest.mark.parametrize(
    ("record", "part"),
    [
        ({"kind": "poem", "title": "x"}, "kind is 'poem'"),
        ({"kind": "film", "title": " "}, "title is empty"),
        ({"kind": "film", "title": "x", "what": "eaten"}, "what is 'eaten'"),
        ({"kind": "film", "title": "x", "what": "rated", "rating": 7}, "between 0 and 5"),
        ({"kind": "film", "title": "x", "what": "finished", "when": "yesterday"}, "'yesterday'"),
        ({"kind": "film", "title": "x", "people": {"cook": ["y"]}}, "cook is not a role"),
        ({"kind": "film", "title": "x", "duration_seconds": -3}, "out of range"),
        ({"kind": "film", "title": "x", "duration_seconds": float("nan")}, "out of range"),
        ({"kind": "film", "title": "x", "what": "played", "progress": 5}, "share from 0 to 1"),
        ({"kind": "film", "title": "x", "what": "rated", "rating": float("inf")}, "between 0 and 5"),
        ({"kind": "film", "title": "x", "events": ["finished"]}, "an object with what and when"),
        ({"kind": "film", "title": "x", "genres": {"a": 1}}, "an object where a list"),
    ],
)
def test_a_bad_record_is_rejected_with_one_sentence(
    lea: Person, tmp_path: Path, record: dict[str, object], part: str
) -> None:
    good = json.dumps({"kind": "film", "title": "Good", "year": 2001})
    (tmp_path / "x.jsonl").write_text(f"{json.dumps(record)}\n{good}\nnot json\n")
    summary = run_import(lea, tmp_path / "x.jsonl")
    assert summary.items_added == 1
    assert part in summary.rejected[0]["reason"]
    assert "line 1" in summary.rejected[0]["reason"]
    assert "line 3" in summary.rejected[1]["reason"]


def test_hostile_archives_are_refused_in_a_sentence(lea: Person, tmp_path: Path) -> None:
    climbing = make_zip(tmp_path / "climb.zip", {"../../etc/x.csv": "kind,title\n"})
    bomb = make_zip(tmp_path / "bomb.zip", {"watched.csv": b"0" * 30_000_000})
    for path, part in ((climbing, "climbs out"), (bomb, "unpacks")):
        with pytest.raises(MediarecError, match=part):
            batches.create_batch(lea, path)
    assert not ImportBatch.objects.exists()


def test_missing_paths_and_unsupported_files_are_named(lea: Person, tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(b"PK not really")
    with pytest.raises(MediarecError, match=r"letter\.docx is not in a supported format"):
        batches.create_batch(lea, tmp_path / "letter.docx")
    with pytest.raises(MediarecError, match="does not exist"):
        batches.create_batch(lea, tmp_path / "nowhere")
