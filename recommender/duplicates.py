"""Duplicate detection: pairs are proposed where two measures agree and decided by a person. Nothing is
merged automatically.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Min, Q

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from recommender.media_analysis.audio_fingerprint import MATCH_THRESHOLD, compare_fingerprints
from recommender.models import Reading, SameThing

LENGTH_TOLERANCE = 0.015  # relative to the longer one; re-encodings differ by less, other cuts by more
MAX_HAMMING_DISTANCE = 6  # Hamming distance out of 64 bits, for pictures that were scaled or re-encoded
MIN_SHARED_FRAMES = 3
BLANK = "0" * 16  # hash of a uniformly coloured frame, which every film has
LARGEST_GROUP = 40  # per blocking key: the number of pairs grows with the square
LENGTH_BUCKET_SECONDS = 3.0


@dataclass(frozen=True)
class Fingerprinted:
    """The measured features of one item that are compared."""

    item_id: int
    kind: str
    title_key: str
    seconds: float | None
    fingerprint: str = ""
    frames: tuple[str, ...] = ()


def propose_pairs() -> int:
    """Compares all measured items and stores new candidate pairs; returns their number. Decided pairs stay decided."""
    created = 0
    for first, second in _list_pairs(_load_fingerprinted()):
        reasons, score = compare(first, second)
        if len(reasons) >= 2:
            low, high = sorted((first.item_id, second.item_id))
            _, is_new = SameThing.objects.get_or_create(
                first_id=low, second_id=high, defaults={"reasons": reasons, "score": score}
            )
            created += is_new
    return created


def compare(first: Fingerprinted, second: Fingerprinted) -> tuple[list[str], float]:
    """One sentence per measure that agrees, and the confidence 0..1 that both are the same work."""
    agreeing: list[tuple[str, float]] = []
    if _is_equally_long(first, second):
        agreeing.append(("They are equally long.", 0.2))
    if first.title_key == second.title_key:
        agreeing.append(("They have the same title.", 0.3))
    bits = compare_fingerprints(first.fingerprint, second.fingerprint) if first.fingerprint else 0.0
    if bits > MATCH_THRESHOLD:
        agreeing.append((f"They sound alike: {bits:.0%} of their fingerprints agree.", 0.5))
    first_frames, second_frames = (set(item.frames) - {BLANK} for item in (first, second))
    shared = sum(any(hamming_distance(a, b) <= MAX_HAMMING_DISTANCE for b in second_frames) for a in first_frames)
    if shared >= min(MIN_SHARED_FRAMES, max(len(first_frames), 1)):
        agreeing.append((f"{shared} of their pictures look the same.", 0.5))
    return [sentence for sentence, _ in agreeing], round(sum(weight for _, weight in agreeing), 2)


def hamming_distance(first: str, second: str) -> int:
    """The Hamming distance of two perceptual hashes in hex."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def record_verdict(pair_id: int, *, is_same: bool) -> SameThing:
    """Stores a person's verdict; merging is up to the caller. Raises NotFoundError for a pair that is gone."""
    pair = SameThing.objects.select_related("first", "second").filter(pk=pair_id).first()
    if pair is None:
        raise NotFoundError("This pair is not there any more.")
    if is_same:  # the second item will be merged away, and with it every open pair it is in
        SameThing.objects.filter(Q(first_id=pair.second_id) | Q(second_id=pair.second_id)).delete()
        return pair
    pair.verdict = SameThing.Verdict.DIFFERENT
    pair.save(update_fields=["verdict"])
    return pair


def _is_equally_long(first: Fingerprinted, second: Fingerprinted) -> bool:
    if not first.seconds or not second.seconds:
        return False
    return abs(first.seconds - second.seconds) <= LENGTH_TOLERANCE * max(first.seconds, second.seconds)


def _load_fingerprinted() -> list[Fingerprinted]:
    """Only items with measured files: a work that nobody owns cannot be owned twice."""
    values: dict[int, dict[str, object]] = defaultdict(dict)
    rows = Reading.objects.filter(reader__in=("sound", "moving pictures"))
    for item_id, measured in rows.values_list("item_id", "values"):
        values[item_id] |= measured
    items = Item.objects.filter(pk__in=list(values)).annotate(seconds=Min("files__duration_seconds"))
    return [_build_fingerprinted(item, values[item.pk]) for item in items]


def _build_fingerprinted(item: Item, measured: dict[str, object]) -> Fingerprinted:
    seconds = getattr(item, "seconds", None) or measured.get("duration_seconds") or item.runtime_seconds
    frames = measured.get("frame_hashes")
    return Fingerprinted(
        item.pk,
        item.kind,
        item.title_key,
        float(str(seconds)) if seconds else None,
        str(measured.get("fingerprint") or ""),
        tuple(map(str, frames)) if isinstance(frames, list) else (),
    )


def _list_pairs(items: Iterable[Fingerprinted]) -> Iterator[tuple[Fingerprinted, Fingerprinted]]:
    """Candidate pairs of one kind that share a length bucket or a title (blocking): comparing all pairs
    would be quadratic.
    """
    groups: dict[tuple[str, str], list[Fingerprinted]] = defaultdict(list)
    for item in items:
        groups[item.kind, f"title {item.title_key}"].append(item)
        if item.seconds:
            bucket = int(item.seconds / LENGTH_BUCKET_SECONDS)
            for index in (bucket, bucket + 1):  # so that lengths on either side of a bucket border are compared
                groups[item.kind, f"length {index}"].append(item)
    seen: set[tuple[int, int]] = set()
    for members in groups.values():
        for first, second in combinations(members[:LARGEST_GROUP], 2):
            pair = (min(first.item_id, second.item_id), max(first.item_id, second.item_id))
            if pair not in seen:
                seen.add(pair)
                yield first, second
