"""Why an item is not on a person's list: the first true obstacle on its way there. Words it, invents nothing."""

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
from recommender.retrieval.filters import KNOWN, REJECTED, filter_items
from recommender.taste import steering
from recommender.types import Candidate, Filters, RecommendRequest

LISTED = 10
NOTED_LOSS = 0.05  # of the score, from which what pulls an item down is worth saying
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
    """What keeps an item from the list; the first that holds is told."""

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
    """`place` is among `of` items of its medium by score alone; `rule` what could be switched off."""

    obstacle: Blocker
    text: str
    place: int | None = None
    of: int | None = None
    rule: SteeringRule | None = None


def explain_why_not(person_id: int, item_id: int) -> WhyNot:
    """Goes the item's way to the list of ten, by the same filters, scores and spread. Raises NotFoundError."""
    person = Person.objects.get(pk=person_id)
    item = Item.objects.select_related("parent").filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    return _find_shut_out(person, item) or _find_place(person, item)


def _find_shut_out(person: Person, item: Item) -> WhyNot | None:
    """What no score could overcome."""
    if not exclude_excluded_items(Item.objects.filter(pk=item.pk)).exists():
        return WhyNot(Blocker.EXCLUDED, "It, or the place where its files lie, is kept out of every list.")
    if item.kind == Kind.EPISODE and item.parent is not None:
        return WhyNot(Blocker.PART, f"Its series {quote(item.parent.title)} is offered in its place.")
    if not _fits(Filters(include_seen=True), person.pk, item):
        return WhyNot(Blocker.REJECTED, f"{_tell_last(person.pk, item, REJECTED)}, so it is not offered again.")
    if not _fits(Filters(), person.pk, item):
        return WhyNot(Blocker.KNOWN, f"{_tell_last(person.pk, item, KNOWN)}; what is offered is new to you.")
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


def _tell_last(person_id: int, item: Item, whats: Sequence[InteractionType]) -> str:
    """The newest event that shuts it out, on the item itself, else on what it is a part of or what is a part of it."""
    mine = Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True, what__in=whats)
    own = mine.filter(item=item).order_by("-occurred_at", "-pk").first()
    if own is not None:
        return f"You {ACTIONS[InteractionType(own.what)]} it on {own.occurred_at:%-d %B %Y}"
    whole = mine.filter(item_id=item.parent_id).order_by("-occurred_at").first() if item.parent_id else None
    if whole is not None and item.parent is not None:
        return f"You {ACTIONS[InteractionType(whole.what)]} {quote(item.parent.title)}, which it is a part of"
    return "You know parts of it already"


def _find_place(person: Person, item: Item) -> WhyNot:
    """How far its score takes it, and what stands there instead."""
    filters = Filters(ownership=Ownership(person.ownership))
    context = load_context(RecommendRequest(person.pk, filters, novelty=person.novelty, limit=LISTED))
    pool = retrieve(context)
    weighed = score_in_context(context, item.pk, pool)
    scored = weighed.scored if weighed.was_retrieved else score(context, pool)  # the list that is there without it
    row = pick_list(scored, context.profile.shares)
    return _compare_with_list(weighed, row, item)


def _compare_with_list(weighed: ScoredInContext, row: Sequence[Candidate], item: Item) -> WhyNot:
    listed = [candidate.item_id for candidate in row]
    own = weighed.list_medium()
    place = next(number for number, c in enumerate(own, 1) if c.item_id == item.pk)
    medium = MEDIUM_OF[item.kind]
    rivals = [candidate.item_id for candidate in row if MEDIUM_OF[candidate.kind] == medium]
    counted = f"place {place} of {len(own)} among {MEDIUM_NAMES[medium]}"
    if item.pk in listed:
        text = f"It is on your list of {LISTED}, at place {listed.index(item.pk) + 1}."
        return WhyNot(Blocker.NONE, text, place, len(own))
    against = _say_against(weighed)
    if not weighed.was_retrieved:
        text = f"Nothing you took to leads to it. Put beside what does, its score gives it {counted}.{against}"
        return WhyNot(Blocker.TOO_FAR, text, place, len(own))
    if place > len(rivals):
        room = (
            f"has {len(rivals)} {'place' if len(rivals) == 1 else 'places'} for them" if rivals else "has none of them"
        )
        text = f"Its score gives it {counted}, and your list of {LISTED} {room}.{against}"
        return WhyNot(Blocker.RANKED_BELOW, text, place, len(own))
    text = f"By its score alone it would be there ({counted}), but {_name_alike(weighed, rivals)}.{against}"
    return WhyNot(Blocker.TOO_ALIKE, text, place, len(own))


def _name_alike(weighed: ScoredInContext, rivals: Sequence[int]) -> str:
    """The item on the list that stands for it: one of the same maker or album, else the one nearest in meaning."""
    item, items = weighed.scored.pool.items[weighed.candidate.item_id], weighed.scored.pool.items
    family = item.parent_id or item.item_id
    for other in (items[i] for i in rivals if i in items):
        if (other.parent_id or other.item_id) == family:
            return f"{quote(other.title)} from the same whole is there already"
        if set(other.main_creators) & set(item.main_creators):
            return f"{quote(other.title)}, by the same maker, is there already"
    vectors = weighed.scored.ranked.vectors
    near = [i for i in rivals if i in vectors and i in items] if item.item_id in vectors else []
    if not near:
        return "a list is kept mixed"
    nearest = max(near, key=lambda i: float(vectors[i] @ vectors[item.item_id]))
    return f"a list is kept mixed, and {quote(items[nearest].title)} is much like it"


def _say_against(weighed: ScoredInContext) -> str:
    """What pulls its score down: rules that only rank, and nearness to something rejected."""
    item_id = weighed.candidate.item_id
    ledger = weighed.scored.ranked.breakdowns[MEDIUM_OF[weighed.candidate.kind]]
    said = []
    now = ledger.score(item_id, {})
    if ledger.score(item_id, {"less": 0.0, "stated": max(0.0, ledger.value(item_id, "stated"))}) - now > NOTED_LOSS:
        said.append(" What you asked to see less of lowers it.")
    if ledger.score(item_id, {"disliked": 0.0}) - now > NOTED_LOSS:
        said.append(" It is close to something you rejected.")
    return "".join(said)
