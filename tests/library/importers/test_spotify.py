"""Spotify: both histories, skips, and personal data that must never be stored."""

import json
from pathlib import Path
from typing import Any

import pytest

from mediarec.library import batches
from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.importers.spotify import SpotifyImporter
from mediarec.library.models import ImportBatch, ImportRow, Interaction, Item, Person
from tests.media import make_zip

SECRETS = ("203.0.113.9", "Mozilla/5.0", "lea.private", "Kitchen speaker", "NO")


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "ts": "2024-05-31T20:15:00Z",
        "username": "lea.private",
        "platform": "Kitchen speaker",
        "ms_played": 240_000,
        "conn_country": "NO",
        "ip_addr": "203.0.113.9",
        "ip_addr_decrypted": "203.0.113.9",
        "user_agent_decrypted": "Mozilla/5.0",
        "master_metadata_track_name": "Blue Hour",
        "master_metadata_album_artist_name": "The Lamps",
        "master_metadata_album_album_name": "Night Shift",
        "spotify_track_uri": "spotify:track:4uLU6hMCjMI75M1A2tKUQC",
        "episode_name": None,
        "spotify_episode_uri": None,
        "reason_start": "clickrow",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": None,
        "offline_timestamp": 0,
        "incognito_mode": False,
    } | changes


def account(**changes: Any) -> dict[str, Any]:
    return {
        "endTime": "2024-06-01 10:00",
        "artistName": "The Lamps",
        "trackName": "Ember",
        "msPlayed": 120_000,
    } | changes


def parse(path: Path) -> list[ParsedRow]:
    source = Source(path)
    assert choose_importer(source).name == "spotify"
    return list(SpotifyImporter().parse(source, ReadOptions()))


def write(path: Path, *entries: Any) -> Path:
    path.write_text(json.dumps(list(entries)), encoding="utf-8")
    return path


def test_the_time_in_an_export_is_the_end_of_the_play(tmp_path: Path) -> None:
    (row,) = parse(write(tmp_path / "Streaming_History_Audio_2024_1.json", entry()))
    (event,) = row.events
    assert (event.what, event.progress, event.occurred_at.isoformat()) == ("finished", 1.0, "2024-05-31T20:11:00+00:00")
    assert row.work is not None and row.work.parent is not None
    assert (row.work.title, row.work.people["artist"], row.work.parent.title) == (
        "Blue Hour",
        ("The Lamps",),
        "Night Shift",
    )
    assert row.work.ids == {"spotify": "4uLU6hMCjMI75M1A2tKUQC"}


@pytest.mark.parametrize(
    ("changes", "whats"),
    [
        ({"ms_played": 12_000, "skipped": True, "reason_end": "unknown"}, ["skipped"]),
        ({"ms_played": 12_000, "skipped": None, "reason_end": "fwdbtn"}, ["skipped"]),
        ({"ms_played": 12_000, "skipped": False, "reason_end": "logout"}, []),
        ({"ms_played": 90_000, "skipped": True, "reason_end": "fwdbtn"}, ["played"]),
        ({"ms_played": 25_000, "reason_end": "trackdone"}, ["finished"]),
        ({"incognito_mode": True}, []),
    ],
)
def test_the_end_of_a_play_decides_its_event_type(tmp_path: Path, changes: dict[str, Any], whats: list[str]) -> None:
    rows = parse(write(tmp_path / "endsong_0.json", entry(**changes)))
    assert [event.what for row in rows for event in row.events] == whats
    assert rows
    assert all(whats or row.note for row in rows)


def test_podcasts_and_audiobooks_are_counted_and_skipped(tmp_path: Path) -> None:
    nameless = {"master_metadata_track_name": None, "spotify_track_uri": None}
    rows = parse(
        write(
            tmp_path / "x.json",
            entry(),
            entry(**nameless, episode_name="Talk"),
            entry(**nameless, audiobook_title="Long read"),
        )
    )
    assert [row.note for row in rows if not row.work] == [
        "x.json: 2 rows left out: podcasts and audiobooks, which are not supported."
    ]


def test_addresses_names_and_devices_are_not_stored_in_the_raw_row(tmp_path: Path) -> None:
    rows = parse(write(tmp_path / "x.json", entry(), entry(ms_played=None), entry(incognito_mode=True)))
    assert len(rows) == 3
    text = repr(rows)
    assert not [secret for secret in SECRETS if f"'{secret}'" in text or (len(secret) > 2 and secret in text)]


def test_the_account_history_only_adds_what_the_extended_one_does_not_cover(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "my_spotify_data.zip",
        {
            "MyData/StreamingHistory_music_0.json": json.dumps(
                [account(endTime="2024-05-31 20:15"), account(), account(msPlayed=9_000, trackName="Short")]
            ).encode(),
            "MyData/Streaming_History_Audio_2024_1.json": json.dumps([entry()]).encode(),
            "MyData/Userdata.json": b'{"username": "lea.private"}',
        },
    )
    rows = parse(path)
    assert [row.work.title for row in rows if row.work] == ["Blue Hour", "Ember"]
    assert len([row for row in rows if row.note]) == 2


def test_a_row_that_is_not_a_play_is_rejected_with_its_reason(tmp_path: Path) -> None:
    rows = parse(
        write(tmp_path / "x.json", entry(), entry(ts="yesterday"), entry(ms_played="?"), 7, entry(ts=None), [entry()])
    )
    problems = [row.problem for row in rows if row.problem]
    assert len(problems) == 5
    assert all(problem.startswith("x.json, entry ") for problem in problems)


@pytest.mark.django_db
def test_the_same_play_in_two_files_is_one_event_and_a_second_import_adds_nothing(tmp_path: Path) -> None:
    for name in ("endsong_0.json", "Streaming_History_Audio_2024_1.json"):
        write(tmp_path / name, entry(), entry(ts="2024-05-31T21:00:00Z"))
    lea = Person.objects.create_user("lea")
    added = []
    for _ in range(2):
        batch = batches.create_batch(lea, tmp_path)
        batches.read_batch(batch.pk)
        batches.commit_batch(batch.pk)
        added.append(batches.summarise_batch(ImportBatch.objects.get(pk=batch.pk)).interactions_added)
    assert added == [2, 0]
    assert Interaction.objects.count() == 2
    assert sorted(Item.objects.values_list("title", flat=True)) == ["Blue Hour", "Night Shift"]
    assert not ImportRow.objects.filter(raw__icontains="203.0.113.9").exists()


def test_reading_stops_with_a_sentence_after_too_many_broken_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediarec.library.importers.json_stream.MOST_BROKEN", 3)
    path = tmp_path / "x.json"
    path.write_text(f"[{json.dumps(entry())}, " + '{"a": 1,,}, ' * 50 + f"{json.dumps(entry())}]")
    rows = parse(path)
    assert len([row for row in rows if row.work]) == 1
    assert rows[-1].problem == "x.json, entry 5: 3 entries could not be used; reading stops here."
    assert len(rows) == 5
