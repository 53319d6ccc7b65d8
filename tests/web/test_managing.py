"""Managing in the admin: finding by anything, editing for good, asking before bulk changes, the audit log, orphans."""

import os
import time
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediarec.library.models import AuditEntry, ImportBatch, ImportRow, Interaction, Item, Library, MediaFile, Person
from recommender.enrichment import descriptions
from recommender.models import Description, Embedding, EmbeddingSpace
from tests.media import picture_bytes
from tests.web.conftest import read_text, sign_in
from worker import dispatch
from worker.models import Job


@pytest.fixture
def keeper(ana: Person, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(dispatch, "_send", lambda task, *arguments: None)
    ana.is_staff = ana.is_superuser = True
    ana.save()
    return sign_in(ana)


def put(item: Item, path: str, *, is_missing: bool = False) -> MediaFile:
    return MediaFile.objects.create(
        item=item, path_raw=path.encode(), path=path, size_bytes=1, mtime_ns=1, content_hash="x", is_missing=is_missing
    )


def list_titles(client: Client, query: str) -> set[str]:
    answer = client.get(f"{reverse('admin:library_item_changelist')}?{query}")
    assert answer.status_code == 200, query
    return {item.title for item in answer.context["cl"].queryset}


@pytest.fixture
def furnished(library: dict[str, Item], ana: Person) -> dict[str, Item]:
    """Slow Film 1 has one of everything that can be looked for."""
    item = library["Slow Film 1"]
    batch = ImportBatch.objects.create(person=ana, source="letterboxd", label="diary")
    ImportRow.objects.create(batch=batch, number=1, place="line 1", item=item, outcome="review")
    item.artwork, item.batch, item.is_excluded, item.edited_fields = "a.webp", batch, True, ["title"]
    item.language = "sv"
    item.save()
    put(item, "/media/films/slow.mkv")
    Library.objects.create(name="Films", root="/media/films", root_raw=b"/media/films")
    space = EmbeddingSpace.objects.create(modality="text", encoder="e", version="1", dims=3, is_serving=True)
    Embedding.objects.create(item=item, space=space, content_hash="x", vector=[1, 0, 0])
    return library


@pytest.mark.parametrize(
    "query",
    [
        "owned=owned", "recommended=itself", "recommended=no", "picture=real", "vectors=text", "folder=/media/films",
        "folder=films/slow", "review=waits", "review=from-letterboxd", "edited=yes", "language=sv",
        "year_from=1964&year_to=1964&word=SLOW", "q=Slow+Film+1&year_to=1964",
    ],
)  # fmt: skip
def test_it_finds_the_one_that_differs(query: str, keeper: Client, furnished: dict[str, Item]) -> None:
    assert list_titles(keeper, query) == {"Slow Film 1"}


@pytest.mark.parametrize(
    "query", ["owned=beyond", "picture=none", "vectors=no-text", "edited=no", "recommended=yes"]
)  # fmt: skip
def test_it_finds_the_others(query: str, keeper: Client, furnished: dict[str, Item]) -> None:
    assert list_titles(keeper, query) == set(furnished) - {"Slow Film 1"}


def test_it_finds_by_what_somebody_did(keeper: Client, furnished: dict[str, Item], ana: Person) -> None:
    finished = {f"Slow Film {number}" for number in range(1, 7)}
    assert list_titles(keeper, f"state={ana.pk}-finished") == finished
    assert list_titles(keeper, f"state={ana.pk}-unmet") == set(furnished) - finished
    assert list_titles(keeper, "state=nonsense") == set(furnished)


def test_it_finds_by_library_and_by_missing_files(keeper: Client, furnished: dict[str, Item]) -> None:
    assert list_titles(keeper, f"library={Library.objects.get().pk}") == {"Slow Film 1"}
    put(furnished["Loud Song 2"], "/gone.flac", is_missing=True)
    assert list_titles(keeper, "owned=missing") == {"Loud Song 2"}


def save(client: Client, item: Item, **changed: object) -> str:
    """Posts the item's form as a browser would, with some fields changed."""
    address = reverse("admin:library_item_change", args=[item.pk])
    form = client.get(address).context["adminform"].form
    fields = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    fields = {name: value for name, value in fields.items() if value is not False}
    fields |= {name: ",".join(fields[name]) for name in ("genres", "tags") if isinstance(fields[name], list)}
    for prefix in ("credits", "external_ids", "files"):
        fields |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    answer = client.post(address, {**fields, **changed}, follow=True)
    return answer.content.decode()


def test_an_edit_is_marked_as_made_by_hand_and_written_down(keeper: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    assert "was changed successfully" in save(keeper, item, title="Slow Film One", year="1999")
    item.refresh_from_db()
    assert (item.title, item.title_key, item.year) == ("Slow Film One", "slow film one", 1999)
    assert item.edited_fields == ["title", "year"]
    entry = AuditEntry.objects.get(table="item")
    assert (entry.actor, entry.action, entry.before["title"], entry.after["year"]) == (
        "ana",
        "edited",
        "Slow Film 1",
        1999,
    )
    history = keeper.get(reverse("admin:library_item_history", args=[item.pk]), follow=True)
    assert "Slow Film 1 → Slow Film One" in history.content.decode()


def test_a_picture_is_replaced_and_what_is_none_is_refused(keeper: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    svg = SimpleUploadedFile("x.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "image/png")
    assert "The picture cannot be read" in save(keeper, item, picture=svg)
    item.refresh_from_db()
    assert item.artwork == ""
    save(keeper, item, picture=SimpleUploadedFile("x.png", picture_bytes(), "image/png"))
    item.refresh_from_db()
    assert item.artwork.endswith(".webp") and "artwork" in item.edited_fields
    assert (settings.ARTWORK_ROOT / item.artwork).is_file()


def test_a_description_by_hand_stands_whatever_the_machine_writes(keeper: Client, library: dict[str, Item]) -> None:
    item = library["Slow Film 1"]
    save(keeper, item, description="Our favourite.")
    Description.objects.create(item=item, describer="template", version="1", facts_hash="x", text="A film.")
    found = descriptions.find_description(item.pk)
    assert found is not None and found.text == "Our favourite."


def act(client: Client, action: str, items: list[Item], model: str = "library_item", **more: str) -> str:
    fields = {"action": action, "_selected_action": [str(item.pk) for item in items], **more}
    return read_text(client.post(reverse(f"admin:{model}_changelist"), fields, follow=True))


def test_a_bulk_action_asks_with_its_number_before_it_does_anything(keeper: Client, library: dict[str, Item]) -> None:
    films = [library[f"Slow Film {number}"] for number in (1, 2, 3)]
    page = act(keeper, "stop_recommending", films)
    assert '<strong id="action-count">3</strong> items' in page and "Slow Film 2 (1968)" in page
    assert not Item.objects.filter(is_excluded=True).exists() and not AuditEntry.objects.exists()
    assert "3 excluded." in act(keeper, "stop_recommending", films, confirmed="yes")
    assert Item.objects.filter(is_excluded=True).count() == 3 == AuditEntry.objects.filter(action="excluded").count()


def test_a_bulk_action_over_all_pages_says_how_many_that_are(keeper: Client, library: dict[str, Item]) -> None:
    page = act(keeper, "stop_recommending", [library["Slow Film 1"]], select_across="1")
    assert f'<strong id="action-count">{len(library)}</strong>' in page


def test_many_are_edited_at_once_and_for_good(keeper: Client, library: dict[str, Item]) -> None:
    films = [library["Slow Film 1"], library["Slow Film 2"]]
    assert "Change at least one field" in act(keeper, "edit_many", films, confirmed="yes")
    wish = {"add_words": "sea,  deep  sea ", "remove_words": "Slow, drama", "language": "sv"}
    assert "2 items were changed" in act(keeper, "edit_many", films, confirmed="yes", **wish)
    item = Item.objects.get(pk=films[0].pk)
    assert (item.genres, item.tags, item.language) == ([], ["quiet", "sea", "deep sea"], "sv")
    assert item.edited_fields == ["genres", "language", "tags"]
    assert "0 items were changed" in act(keeper, "edit_many", films, confirmed="yes", language="sv")
    assert "2 can be overwritten by imports" in act(keeper, "release_fields", films, confirmed="yes")


def test_a_wrong_match_is_mended(keeper: Client, library: dict[str, Item]) -> None:
    wrong, right = library["Slow Film 1"], library["Slow Film 9"]
    file = put(wrong, "/media/films/nine.mkv")
    event = Interaction.objects.get(item=wrong)
    address = reverse("admin:library_item_fix_match", args=[wrong.pk])
    page = keeper.get(address, {"q": "slow film 9"}).content.decode()
    assert "/media/films/nine.mkv" in page and "Slow Film 9 (1996)" in page and "Ana: finished" in page
    sent = {"target": str(right.pk), "files": [str(file.pk)], "events": [str(event.pk)]}
    assert "Moved 1 files and 1 events to" in keeper.post(address, sent, follow=True).content.decode()
    file.refresh_from_db()
    assert file.item == right and Interaction.objects.get(pk=event.pk).item == right
    page = keeper.post(address, {"target": str(right.pk)}, follow=True).content.decode()
    assert "Choose at least one file or event to move." in page


def test_the_log_is_read_and_filtered_but_written_by_nobody(keeper: Client, library: dict[str, Item]) -> None:
    act(keeper, "stop_recommending", [library["Slow Film 1"]], confirmed="yes")
    entry = AuditEntry.objects.get()
    address = reverse("admin:library_auditentry_changelist")
    assert "Slow Film 1" in keeper.get(f"{address}?action=excluded&actor=ana").content.decode()
    assert keeper.get(f"{address}?action=merged").context["cl"].result_count == 0
    for name in ("change", "delete"):
        page = reverse(f"admin:library_auditentry_{name}", args=[entry.pk])
        assert keeper.post(page, {"actor": "bo", "post": "yes"}).status_code == 403
    assert AuditEntry.objects.get().actor == "ana"


def test_cancelling_a_job_is_written_down(keeper: Client, db: None) -> None:
    job = Job.objects.create(kind="import", label="Read diary", state="running")
    keeper.post(reverse("job-act", args=[job.pk]), {"act": "cancel"})
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert AuditEntry.objects.get().action == "cancelled"


def test_orphans_are_shown_first_and_deleted_no_further_than_allowed(keeper: Client, library: dict[str, Item]) -> None:
    settings.ARTWORK_ROOT.mkdir(parents=True)
    loose = settings.ARTWORK_ROOT / "loose.webp"
    loose.write_bytes(b"x")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(loose, (long_ago, long_ago))
    address = reverse("admin:library_orphans")
    page = keeper.get(address).content.decode()
    assert "loose.webp" in page and "Nothing has been deleted" in page and loose.exists()
    page = keeper.post(address, {"parts": ["artwork"], "most": "0"}, follow=True).content.decode()
    assert "1 of 1 would go" in page and loose.exists()
    page = keeper.post(address, {"parts": ["artwork"], "most": "1"}, follow=True).content.decode()
    assert "Deleted: 1 artwork." in page and not loose.exists()
    assert AuditEntry.objects.get().after == {"artwork": 1}
    assert time.time() > long_ago and "There is no orphaned data" in keeper.get(address).content.decode()
