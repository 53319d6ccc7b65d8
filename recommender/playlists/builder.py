"""Builds a playlist draft from a request (seeds or a sentence, a duration): the pipeline's candidates, then fitting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.exclusions import exclude_excluded_items
from mediarec.library.models import Credit, Item, Kind, Role
from recommender import pipeline
from recommender.items.labels import LabelFrequencies, count_labels, item_labels
from recommender.models import Modality
from recommender.playlists.sequencing import Entry, choose_entries, order_entries
from recommender.types import Filters, RecommendRequest
from recommender.vectors import spaces

POOL_SIZE = 300  # candidates requested from the pipeline; enough for a day of music
PLAYABLE_KINDS = (Kind.TRACK.value, Kind.VIDEO.value, Kind.FILM.value, Kind.EPISODE.value)
MAKER_ROLES = (Role.ARTIST, Role.DIRECTOR, Role.CREATOR, Role.CHANNEL)
LONGEST_SECONDS = 24 * 60 * 60
NAMED_WORDS = 2
NOTHING_FITS = "Nothing in the library fits that. Try fewer conditions, or import some music first."


@dataclass(frozen=True)
class PlaylistRequest:
    """A request for a playlist. Empty `filters.kinds` means the kinds of the seeds, or else tracks."""

    seed_ids: tuple[int, ...] = ()
    query: str = ""
    filters: Filters = field(default_factory=Filters)
    duration_seconds: int | None = None
    limit: int = 25


@dataclass(frozen=True)
class PlaylistDraft:
    """An ordered list that is not saved yet. `note` says which part of the request could not be met."""

    item_ids: tuple[int, ...]
    total_seconds: int
    name: str
    note: str = ""


def build_playlist(person_id: int, wish: PlaylistRequest) -> PlaylistDraft:
    """Chooses and orders entries. Raises NotUnderstoodError for an impossible duration or count.

    If nothing matches, the request is relaxed step by step, the most common labels first; the note names what was lost.
    """
    _check_request(wish)
    first = draft = _build_draft(person_id, wish)
    for dropped, relaxed in list_relaxed_requests(wish, count_labels()) if not first.item_ids else ():
        draft = _build_draft(person_id, relaxed)
        if draft.item_ids:
            sentence = f"Nothing that fits the rest goes with {dropped}, so that was left out."
            return replace(draft, name=first.name, note=f"{sentence} {draft.note}".strip())
    return first


def list_relaxed_requests(wish: PlaylistRequest, counts: LabelFrequencies) -> list[tuple[str, PlaylistRequest]]:
    """Relaxations of the request, each with its dropped conditions as text: without the free text; without one, two,
    ... of its genres and tags, the most common first; without all of these.

    A dropped genre stays part of the free text. Ownership, kinds, duration and exclusions are never relaxed.
    """
    free_text = [f"“{wish.query.strip()}”"] if wish.query.strip() else []
    steps = [(label, replace(wish, query="")) for label in free_text]
    dropped: list[str] = []
    for words in sorted(_group_conditions(wish.filters), key=lambda words: -sum(map(counts.share, words))):
        dropped.append(f"“{' or '.join(words[:NAMED_WORDS])}”")
        filters = replace(
            wish.filters,
            any_words=() if words == wish.filters.any_words else wish.filters.any_words,
            all_words=tuple(word for word in wish.filters.all_words if (word,) != words),
        )
        query = " ".join(dict.fromkeys((*wish.query.split(), *" ".join(words).split())))
        wish = replace(wish, filters=filters, query=query)
        steps.append((" and ".join(dropped), wish))
    if free_text and dropped:
        steps.append((" and ".join([*dropped, *free_text]), replace(wish, query="")))
    return steps


def _group_conditions(filters: Filters) -> list[tuple[str, ...]]:
    """The conditions to relax: `any_words` together as one, and each of `all_words`."""
    return [*((word,) for word in filters.all_words), *([filters.any_words] if filters.any_words else [])]


def _build_draft(person_id: int, wish: PlaylistRequest) -> PlaylistDraft:
    request = RecommendRequest(
        person_id=person_id,
        filters=replace(wish.filters, kinds=_wished_kinds(wish), include_seen=True),
        query=wish.query,
        seed_ids=wish.seed_ids,
        limit=POOL_SIZE,
        surface="playlist",
    )
    slate = pipeline.recommend(request)
    scores = {line.item_id: line.score for line in slate.items}
    seeds = _playable_seeds(wish, request.filters.kinds)
    scores.update({item_id: 1e6 - index for index, item_id in enumerate(seeds)})  # seeds are always chosen
    entries = _load_entries(scores, {word.lower() for word in slate.request.filters.less_words}, set(seeds))
    chosen = choose_entries(entries, wish.duration_seconds, wish.limit)
    vectors = spaces.read_vectors(spaces.serving_space(Modality.TEXT), [entry.item_id for entry in chosen])
    ordered = order_entries(chosen, vectors, first_ids=seeds)
    total = sum(entry.duration_seconds for entry in ordered)
    return PlaylistDraft(
        item_ids=tuple(entry.item_id for entry in ordered),
        total_seconds=total,
        name=_suggest_name(wish),
        note=_describe_shortfall(wish, slate.note, total) if ordered else slate.note or NOTHING_FITS,
    )


def _check_request(wish: PlaylistRequest) -> None:
    if wish.duration_seconds is not None and not 0 < wish.duration_seconds <= LONGEST_SECONDS:
        raise NotUnderstoodError("A playlist can last from one minute to 24 hours.")
    if not 1 <= wish.limit <= POOL_SIZE:
        raise NotUnderstoodError(f"A playlist can have from 1 to {POOL_SIZE} entries.")


def _wished_kinds(wish: PlaylistRequest) -> tuple[str, ...]:
    if wish.filters.kinds:
        playable = {Kind.ALBUM.value: Kind.TRACK.value, Kind.SERIES.value: Kind.EPISODE.value}
        return tuple(dict.fromkeys(playable.get(kind, kind) for kind in wish.filters.kinds))
    seed_kinds = set(Item.objects.filter(pk__in=wish.seed_ids).values_list("kind", flat=True))
    if seed_kinds and not seed_kinds & {Kind.TRACK, Kind.ALBUM}:
        return tuple(kind for kind in PLAYABLE_KINDS if kind in seed_kinds) or (Kind.FILM.value,)
    return (Kind.TRACK.value,)


def _playable_seeds(wish: PlaylistRequest, kinds: tuple[str, ...]) -> list[int]:
    allowed = exclude_excluded_items(Item.objects.filter(pk__in=wish.seed_ids, kind__in=kinds))
    playable = set(allowed.values_list("pk", flat=True))
    return [item_id for item_id in wish.seed_ids if item_id in playable]


def _load_entries(scores: dict[int, float], unwanted: set[str], seeds: set[int]) -> list[Entry]:
    """`unwanted` are labels to avoid: those of a mood's opposite, and of standing rules."""
    makers = _load_makers(list(scores))
    return [
        Entry(
            item_id=pk,
            kind=kind,
            title_key=title_key,
            maker=makers.get(pk, ""),
            duration_seconds=runtime or 0,
            score=scores[pk],
            is_contradicting=pk not in seeds and not unwanted.isdisjoint(item_labels(genres, tags)),
        )
        for pk, kind, title_key, runtime, genres, tags in Item.objects.filter(pk__in=scores).values_list(
            "pk", "kind", "title_key", "runtime_seconds", "genres", "tags"
        )
    ]


def _load_makers(item_ids: Sequence[int]) -> dict[int, str]:
    """The name key of the first credited maker of each item."""
    rows = (
        Credit.objects.filter(item_id__in=item_ids, role__in=MAKER_ROLES)
        .order_by("item_id", "-position")
        .values_list("item_id", "contributor__name_key")
    )
    return dict(rows)  # the last row of an item wins, which is position 0


def _suggest_name(wish: PlaylistRequest) -> str:
    if wish.query:
        words = wish.query.strip().rstrip(".!?")
        return (words[:1].upper() + words[1:])[:80]
    titles = list(Item.objects.filter(pk__in=wish.seed_ids[:2]).values_list("title", flat=True))
    return f"Around {' and '.join(titles)}"[:80] if titles else "New playlist"


def _describe_shortfall(wish: PlaylistRequest, note: str, total_seconds: int) -> str:
    if wish.duration_seconds and total_seconds < 0.9 * wish.duration_seconds:
        return f"Only {total_seconds // 60} minutes of what is here fit, of {wish.duration_seconds // 60} asked for."
    return note
