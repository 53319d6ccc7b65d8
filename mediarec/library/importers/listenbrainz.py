"""ListenBrainz' export: listens by month as JSON lines, and feedback (loved, hated)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.json_stream import Entry, first_entry, read_entries, read_json_lines
from mediarec.library.importers.play_events import (
    Play,
    build_row,
    build_track,
    read_epoch,
    read_isrc,
    read_mbid,
    read_number,
    read_text,
    reject,
    report_skipped,
)
from mediarec.library.importers.source import Source

LIST_KEYS = ("payload", "listens", "feedback")
LISTEN = {"listened_at", "track_metadata"}
SCORES = {1: "liked", -1: "disliked"}
SPOTIFY_TRACK = "https://open.spotify.com/track/"
NO_VERDICT = "neither loved nor hated any more"


class ListenBrainzImporter:
    name = "listenbrainz"
    label = "a ListenBrainz export"

    def recognises(self, source: Source) -> bool:
        return any(_keys(source, name) >= LISTEN or _is_feedback(source, name) for name in _list_files(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_files(source) if name.lower().endswith("l"))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        """Feedback names recordings by id only; their names are taken from the listens."""
        feedback = [name for name in _list_files(source) if _is_feedback(source, name)]
        wanted = {key for name in feedback for _, entry, _ in _read(source, name) for key in _list_ids(entry)}
        known: dict[str, ParsedWork] = {}
        for name in _list_files(source):
            if _keys(source, name) >= LISTEN:
                yield from _read_listens(source, name, wanted, known)
        for name in feedback:
            yield from _read_feedback(source, name, known)


def _list_files(source: Source) -> list[str]:
    return list_members(source, (".jsonl", ".json"))


def _read(source: Source, name: str) -> Iterator[Entry]:
    """JSON lines, or one list as in older exports."""
    if first_entry(source, name, LIST_KEYS):
        return read_entries(source, name, LIST_KEYS)
    return read_json_lines(source, name)


def _keys(source: Source, name: str) -> set[str]:
    for number, (_, entry, _) in enumerate(_read(source, name)):
        if isinstance(entry, dict):
            return set(entry)
        if number >= 20:
            break
    return set()


def _is_feedback(source: Source, name: str) -> bool:
    keys = _keys(source, name)
    return "score" in keys and bool(keys & {"recording_msid", "recording_mbid"})


def _list_ids(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return []
    return [key for name in ("recording_msid", "recording_mbid") if (key := read_text(entry.get(name)))]


def _read_listens(source: Source, name: str, wanted: set[str], known: dict[str, ParsedWork]) -> Iterator[ParsedRow]:
    for number, entry, problem in _read(source, name):
        location = f"{name}, line {number}"
        metadata = entry.get("track_metadata") if isinstance(entry, dict) else None
        if problem or not isinstance(metadata, dict):
            yield reject(location, problem or "expected an object with listened_at and track_metadata")
            continue
        info, mapping = _as_object(metadata.get("additional_info")), _as_object(metadata.get("mbid_mapping"))
        play = _build_play(entry, metadata, info, mapping)
        row = build_row(location, play, _keep_raw(play, entry, metadata))
        if row.work and wanted:
            ids = (metadata.get("recording_msid"), info.get("recording_msid"), entry.get("recording_msid"))
            for key in {read_text(value) for value in (*ids, *play.ids.values())} & wanted:
                known.setdefault(key, row.work)
        yield row


def _as_object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _build_play(
    entry: Mapping[str, Any], metadata: Mapping[str, Any], info: Mapping[str, Any], mapping: Mapping[str, Any]
) -> Play:
    milliseconds, seconds = read_number(info.get("duration_ms")), read_number(info.get("duration"))
    ids = read_mbid(mapping.get("recording_mbid") or info.get("recording_mbid")) | read_isrc(info.get("isrc"))
    spotify = read_text(info.get("spotify_id")).removeprefix(SPOTIFY_TRACK)
    return Play(
        read_text(metadata.get("track_name")),
        _list_artists(mapping) or (read_text(metadata.get("artist_name")),),
        read_epoch(entry.get("listened_at")),
        album=read_text(metadata.get("release_name")),
        played_seconds=read_number(info.get("duration_played")),
        track_seconds=milliseconds / 1000 if milliseconds else seconds,
        ids=ids | ({"spotify": spotify} if spotify.isalnum() else {}),
    )


def _list_artists(mapping: Mapping[str, Any]) -> tuple[str, ...]:
    """The artists one by one, as mapped to MusicBrainz."""
    artists = mapping.get("artists")
    names = [_as_object(artist).get("artist_credit_name") for artist in artists] if isinstance(artists, list) else []
    return tuple(name for name in map(read_text, names) if name)


def _keep_raw(play: Play, entry: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A client may submit arbitrary data with a listen; only names, time and ids are stored."""
    names = {name: read_text(metadata.get(name))[:500] for name in ("track_name", "artist_name", "release_name")}
    when = entry.get("listened_at")
    return {
        **{name: text for name, text in names.items() if text},
        **({"listened_at": when} if isinstance(when, int) else {}),
        **({"ids": dict(play.ids)} if play.ids else {}),
    }


def _read_feedback(source: Source, name: str, known: Mapping[str, ParsedWork]) -> Iterator[ParsedRow]:
    left_out: Counter[str] = Counter()
    for number, entry, problem in _read(source, name):
        location = f"{name}, line {number}"
        if problem or not isinstance(entry, dict):
            yield reject(location, problem or "expected an object with recording_msid and score")
            continue
        raw = {key: entry[key] for key in ("score", "created") if isinstance(entry.get(key), int)}
        raw |= {"recording": _list_ids(entry)[:1]}
        interaction, when = SCORES.get(int(read_number(entry.get("score")) or 0)), read_epoch(entry.get("created"))
        work = next((known[key] for key in _list_ids(entry) if key in known), None) or _build_named_work(entry)
        if not interaction:
            left_out[NO_VERDICT] += 1
        elif work is None:
            yield reject(location, "its recording is in none of the listens, so its name is unknown", raw)
        elif when is None:
            yield reject(location, "no plausible time", raw)
        else:
            yield ParsedRow(location, work, events=(ParsedEvent(interaction, when),), raw=raw)
    yield from report_skipped(name, left_out)


def _build_named_work(entry: Mapping[str, Any]) -> ParsedWork | None:
    """The track where a tool wrote its names beside the feedback, or None."""
    metadata = _as_object(entry.get("track_metadata"))
    play = _build_play(
        entry, metadata, _as_object(metadata.get("additional_info")), _as_object(metadata.get("mbid_mapping"))
    )
    return build_track(play) if play.title and any(play.artists) else None
