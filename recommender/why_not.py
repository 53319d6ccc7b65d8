"""Why-not explanations: the first condition that keeps an item off a person's list, in words. Invents nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mediarec.library.errors import NotFoundError
from mediarec.library.exclusions import exclude_excluded_items
from mediarec.library.models import Interaction, InteractionType, Item, Kind, Person
from mediarec.library.ownership import Ownership
from recommender.candidate_scoring import load_context, retrieve, score
from recommender.explanation.score_in_context import ScoredInContext, score_in_context
from recommender.explanation.templates import quote
from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.models import SteeringRule
from recommender.pipeline import pick_list
from recommender.retrieval.filters import KNOWN_INTERACTIONS, REJECTING_INTERACTIONS, filter_items
from recommender.taste import steering
from recommender.types import Candidate, Filters, RecommendRequest

LISTED = 10
NOTED_LOSS = 0.05  # loss of score from which a negative feature is mentioned
ACTIONS = {
    InteractionType.HIDDEN: "hid",
    InteractionType.DISLIKED: "disliked",
    InteractionType.PLAYED: "played",
    InteractionType.FINISHED: "finished",
    InteractionType.ABANDONED: "abandoned",
    InteractionType.RATED: "rated",
    InteractionType.LIKED: "liked",
    InteractionType.SKIPPED: "skipped",
}
MEDIUM_NAMES = {Medium.SCREEN: "films and series", Medium.MUSIC: "music", Medium.VIDEO: "clips"}


class Blocker(StrEnum):
    """What keeps an item off the list; the first that applies is reported."""

    NONE = "on the list"
    EXCLUDED = "kept out"
    PART = "part of a series"
    REJECTED = "rejected"
    KNOWN = "known"
    RULE = "a rule"
    OWNERSHIP = "owned or not"
    TOO_FAR = "too far"
    RANKED_BELOW = "ranked below"
    TOO_ALIKE = "too alike"


@dataclass(frozen=True)
class WhyNot:
    """`place` is the rank among `of` items of its medium by score alone; `rule` is the one to switch off, if any."""

    obstacle: Blocker
    text: str
    place: int | None = None
    of: int | None = None
    rule: SteeringRule | None = None


def explain_why_not(person_id: int, item_id: int) -> WhyNot:
    """Checks the filters, the score and the diversity step in the order of the pipeline. Raises NotFoundError."""
    person = Person.objects.get(pk=person_id)
    item = Item.objects.select_related("parent").filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    return _find_exclusion(person, item) or _explain_rank(person, item)


def _find_exclusion(person: Person, item: Item) -> WhyNot | None:
    """Exclusions that no score can overcome; None if there are none."""
    if not exclude_excluded_items(Item.objects.filter(pk=item.pk)).exists():
        return WhyNot(Blocker.EXCLUDED, "It, or the place where its files lie, is kept out of every list.")
    if item.kind == Kind.EPISODE and item.parent is not None:
        return WhyNot(Blocker.PART, f"Its series {quote(item.parent.title)} is offered in its place.")
    if not _fits(Filters(include_seen=True), person.pk, item):
        return WhyNot(
            Blocker.REJECTED,
            f"{_describe_last_event(person.pk, item, REJECTING_INTERACTIONS)}, so it is not offered again.",
        )
    if not _fits(Filters(), person.pk, item):
        return WhyNot(
            Blocker.KNOWN,
            f"{_describe_last_event(person.pk, item, KNOWN_INTERACTIONS)}; what is offered is new to you.",
        )
    for rule in steering.active_rules(person.pk):
        if not _fits(replace(Filters.from_json(rule.filters), include_seen=True), person.pk, item):
            return WhyNot(Blocker.RULE, f"Your rule {quote(rule.text)} leaves it out.", rule=rule)
    if not _fits(Filters(ownership=Ownership(person.ownership)), person.pk, item):
        wanted = "what you own" if person.ownership == Ownership.OWNED else "what you do not own"
        return WhyNot(Blocker.OWNERSHIP, f"Your settings ask for {wanted} only.")
    return None


def _fits(filters: Filters, person_id: int, item: Item) -> bool:
    if item.kind == Kind.EPISODE:
        filters = replace(filters, kinds=filters.kinds or (Kind.EPISODE.value,))
    return filter_items(filters, person_id).filter(pk=item.pk).exists()


def _describe_last_event(person_id: int, item: Item, types: Sequence[InteractionType]) -> str:
    """The newest excluding event on the item itself, else on its parent, else on its parts."""
    events = Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True, what__in=types)
    event = events.filter(item=item).order_by("-occurred_at", "-pk").first()
    if event is not None:
        return f"You {ACTIONS[InteractionType(event.what)]} it on {event.occurred_at:%-d %B %Y}"
    parent_event = events.filter(item_id=item.parent_id).order_by("-occurred_at").first() if item.parent_id else None
    if parent_event is not None and item.parent is not None:
        return f"You {ACTIONS[InteractionType(parent_event.what)]} {quote(item.parent.title)}, which it is a part of"
    return "You know parts of it already"


def _explain_rank(person: Person, item: Item) -> WhyNot:
    """Its rank by score, and what took its place on the list."""
    filters = Filters(ownership=Ownership(person.ownership))
    context = load_context(RecommendRequest(person.pk, filters, novelty=person.novelty, limit=LISTED))
    pool = retrieve(context)
    scored_item = score_in_context(context, item.pk, pool)
    scored = (
        scored_item.scored if scored_item.was_retrieved else score(context, pool)
    )  # the list as it is without the item
    selected = pick_list(scored, context.profile.shares)
    return _compare_with_list(scored_item, selected, item)


def _compare_with_list(scored_item: ScoredInContext, row: Sequence[Candidate], item: Item) -> WhyNot:
    listed = [candidate.item_id for candidate in row]
    ranked = scored_item.list_medium()
    rank = next(number for number, c in enumerate(ranked, 1) if c.item_id == item.pk)
    medium = MEDIUM_OF[item.kind]
    rivals = [candidate.item_id for candidate in row if MEDIUM_OF[candidate.kind] == medium]
    rank_text = f"place {rank} of {len(ranked)} among {MEDIUM_NAMES[medium]}"
    if item.pk in listed:
        text = f"It is on your list of {LISTED}, at place {listed.index(item.pk) + 1}."
        return WhyNot(Blocker.NONE, text, rank, len(ranked))
    against = _describe_penalties(scored_item)
    if not scored_item.was_retrieved:
        text = f"Nothing you took to leads to it. Put beside what does, its score gives it {rank_text}.{against}"
        return WhyNot(Blocker.TOO_FAR, text, rank, len(ranked))
    if rank > len(rivals):
        slots = (
            f"has {len(rivals)} {'place' if len(rivals) == 1 else 'places'} for them" if rivals else "has none of them"
        )
        text = f"Its score gives it {rank_text}, and your list of {LISTED} {slots}.{against}"
        return WhyNot(Blocker.RANKED_BELOW, text, rank, len(ranked))
    text = f"By its score alone it would be there ({rank_text}), but {_describe_similar(scored_item, rivals)}.{against}"
    return WhyNot(Blocker.TOO_ALIKE, text, rank, len(ranked))


def _describe_similar(scored_item: ScoredInContext, rivals: Sequence[int]) -> str:
    """The listed item it is too similar to: of the same creator or album, else the nearest by text vector."""
    item, items = scored_item.scored.pool.items[scored_item.candidate.item_id], scored_item.scored.pool.items
    family = item.parent_id or item.item_id
    for other in (items[i] for i in rivals if i in items):
        if (other.parent_id or other.item_id) == family:
            return f"{quote(other.title)} from the same whole is there already"
        if set(other.main_creators) & set(item.main_creators):
            return f"{quote(other.title)}, by the same maker, is there already"
    vectors = scored_item.scored.ranked.vectors
    embedded = [i for i in rivals if i in vectors and i in items] if item.item_id in vectors else []
    if not embedded:
        return "a list is kept mixed"
    nearest = max(embedded, key=lambda i: float(vectors[i] @ vectors[item.item_id]))
    return f"a list is kept mixed, and {quote(items[nearest].title)} is much like it"


def _describe_penalties(scored_item: ScoredInContext) -> str:
    """What lowers its score: rules that only rank, and similarity to a rejected item."""
    item_id = scored_item.candidate.item_id
    breakdown = scored_item.scored.ranked.breakdowns[MEDIUM_OF[scored_item.candidate.kind]]
    sentences = []
    score = breakdown.score(item_id, {})
    if (
        breakdown.score(item_id, {"less": 0.0, "stated": max(0.0, breakdown.value(item_id, "stated"))}) - score
        > NOTED_LOSS
    ):
        sentences.append(" What you asked to see less of lowers it.")
    if breakdown.score(item_id, {"disliked": 0.0}) - score > NOTED_LOSS:
        sentences.append(" It is close to something you rejected.")
    return "".join(sentences)
