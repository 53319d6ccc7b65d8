"""The same thing twice: proposed where two measures agree, decided by a person. Nothing is merged from here alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Min, Q

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from recommender.media_analysis.audio_fingerprint import SAME_BITS, compare_fingerprints
from recommender.models import Reading, SameThing

SAME_LENGTH = 0.015  # of the longer one; another encoding differs by less, another cut by more
NEAR_BITS = 6  # of 64, for pictures that were scaled or encoded again
SHARED_FRAMES = 3
BLANK = "0" * 16  # a picture of one colour, as every film has some
LARGEST_GROUP = 40  # works of one length: comparing all pairs of more would take the afternoon
LENGTH_BUCKET_SECONDS = 3.0


@dataclass(frozen=True)
class Fingerprinted:
    """What was measured of one item."""

    item_id: int
    kind: str
    title_key: str
    seconds: float | None
    fingerprint: str = ""
    frames: tuple[str, ...] = ()


def propose() -> int:
    """Looks through what was measured; returns how many new pairs there are to decide. A decided pair stays decided."""
    made = 0
    for first, second in _list_pairs(_load_fingerprinted()):
        reasons, score = compare(first, second)
        if len(reasons) >= 2:
            low, high = sorted((first.item_id, second.item_id))
            _, is_new = SameThing.objects.get_or_create(
                first_id=low, second_id=high, defaults={"reasons": reasons, "score": score}
            )
            made += is_new
    return made


def compare(first: Fingerprinted, second: Fingerprinted) -> tuple[list[str], float]:
    """Sentences, one for each measure that agrees, and how sure they make it, 0..1."""
    found: list[tuple[str, float]] = []
    if _are_as_long(first, second):
        found.append(("They are equally long.", 0.2))
    if first.title_key == second.title_key:
        found.append(("They have the same title.", 0.3))
    bits = compare_fingerprints(first.fingerprint, second.fingerprint) if first.fingerprint else 0.0
    if bits > SAME_BITS:
        found.append((f"They sound alike: {bits:.0%} of their fingerprints agree.", 0.5))
    ours, theirs = (set(one.frames) - {BLANK} for one in (first, second))
    shared = sum(any(count_bits(a, b) <= NEAR_BITS for b in theirs) for a in ours)
    if shared >= min(SHARED_FRAMES, max(len(ours), 1)):
        found.append((f"{shared} of their pictures look the same.", 0.5))
    return [sentence for sentence, _ in found], round(sum(weight for _, weight in found), 2)


def count_bits(first: str, second: str) -> int:
    """In how many bits two hashes of pictures differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def decide(pair_id: int, *, is_same: bool) -> SameThing:
    """Takes a person's answer in; merging is the caller's. Raises NotFoundError for a pair that is gone."""
    pair = SameThing.objects.select_related("first", "second").filter(pk=pair_id).first()
    if pair is None:
        raise NotFoundError("This pair is not there any more.")
    if is_same:  # the later row goes, and with it every question about it
        SameThing.objects.filter(Q(first_id=pair.second_id) | Q(second_id=pair.second_id)).delete()
        return pair
    pair.verdict = SameThing.Verdict.DIFFERENT
    pair.save(update_fields=["verdict"])
    return pair


def _are_as_long(first: Fingerprinted, second: Fingerprinted) -> bool:
    if not first.seconds or not second.seconds:
        return False
    return abs(first.seconds - second.seconds) <= SAME_LENGTH * max(first.seconds, second.seconds)


def _load_fingerprinted() -> list[Fingerprinted]:
    """Only what has a file of its own: a work nobody owns cannot be owned twice."""
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


def _list_pairs(known: Iterable[Fingerprinted]) -> Iterator[tuple[Fingerprinted, Fingerprinted]]:
    """Pairs of one kind that share a length or a title: comparing everything with everything grows with the square."""
    groups: dict[tuple[str, str], list[Fingerprinted]] = defaultdict(list)
    for one in known:
        groups[one.kind, f"title {one.title_key}"].append(one)
        if one.seconds:
            bucket = int(one.seconds / LENGTH_BUCKET_SECONDS)
            for place in (bucket, bucket + 1):  # so that neighbours across a border meet
                groups[one.kind, f"length {place}"].append(one)
    seen: set[tuple[int, int]] = set()
    for members in groups.values():
        for first, second in combinations(members[:LARGEST_GROUP], 2):
            pair = (min(first.item_id, second.item_id), max(first.item_id, second.item_id))
            if pair not in seen:
                seen.add(pair)
                yield first, second
