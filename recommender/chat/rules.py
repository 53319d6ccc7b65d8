"""A standing wish on its way from a sentence to a rule: tried on the next slate, kept when the person says so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db import transaction

from mediarec.library.errors import NotFoundError
from recommender import pipeline
from recommender.chat.parsed_query import Intent, ParsedQuery
from recommender.chat.standing_rules import keep_standing, word_rule
from recommender.chat.turn_record import RuleProposal, read_record
from recommender.facets import merge_rule
from recommender.language.children import exclude_unsuitable
from recommender.language.lexicon import STOP_WORDS
from recommender.models import ChatTurn, SteeringRule
from recommender.retrieval.filters import filter_items
from recommender.taste import steering
from recommender.types import Filters, RecommendRequest

PREVIEWED = 10
SHOWN_CHANGES = 3
WORD = re.compile(r"[^\W_][\w'-]*")
OF_RULES = frozenset((
    "rule", "rules", "forget", "remove", "drop", "delete", "cancel", "lift", "end", "switch", "turn", "off", "rid",
    "undo", "back", "latest", "standing",
))  # fmt: skip


def propose_rule(person_id: int, wish: ParsedQuery, said: str) -> RuleProposal:
    """The rule's effect, without keeping it."""
    spoken = keep_standing(wish, said)
    filters = exclude_unsuitable(spoken)
    request = RecommendRequest(person_id=person_id, limit=PREVIEWED, surface="chat")
    before = pipeline.recommend(request).items
    after = pipeline.recommend(replace(request, filters=filters)).items
    before_ids, after_ids = {line.item_id for line in before}, {line.item_id for line in after}
    return RuleProposal(
        understood=word_rule(spoken, wish),
        filters=filters,
        after_ids=tuple(line.item_id for line in after),
        leaving=tuple(line.title for line in before if line.item_id not in after_ids)[:SHOWN_CHANGES],
        coming=tuple(line.title for line in after if line.item_id not in before_ids)[:SHOWN_CHANGES],
        expires_on=wish.expires_on,
    )


@transaction.atomic
def keep_rule(person_id: int, turn_id: int) -> SteeringRule:
    """Keeps what a turn proposed. Pressed twice, or in two tabs, it is one rule. Raises NotFoundError."""
    turn = ChatTurn.objects.select_for_update(of=("self",)).filter(pk=turn_id, person_id=person_id).first()
    proposal = read_record(turn.wish).proposal if turn is not None else None
    if turn is None or proposal is None:
        raise NotFoundError("There is no rule to keep here.")
    if turn.rule is not None:
        return turn.rule
    turn.rule = steering.add_rule(
        person_id, turn.said, proposal.understood, proposal.filters, _end_of(proposal.expires_on)
    )
    turn.save(update_fields=["rule"])
    return turn.rule


def find_proposal_turn(person_id: int, thread: UUID) -> ChatTurn | None:
    """The last turn of a conversation, where it proposed a rule."""
    last = ChatTurn.objects.filter(person_id=person_id, thread=thread).order_by("-created_at", "-pk").first()
    return last if last is not None and read_record(last.wish).parsed.intent == Intent.RULE else None


def find_rules_meant(person_id: int, said: str) -> tuple[SteeringRule | None, list[SteeringRule]]:
    """The rule that "forget that rule" speaks of, or those it may be: the one kept last, the one that is named ("the
    horror rule"), all of them for "my rules" and where there is none of that name."""
    kept = list(steering.active_rules(person_id).order_by("-created_at", "-pk"))
    words = set(WORD.findall(said.lower()))
    named = words - STOP_WORDS - OF_RULES
    if named:
        found = [rule for rule in kept if named & set(WORD.findall(f"{rule.text} {rule.understood}".lower()))]
    else:
        found = kept if "rules" in words else kept[:1]
    return (found[0], []) if len(found) == 1 else (None, found or kept)


def find_blocking_rule(request: RecommendRequest) -> SteeringRule | None:
    """The one rule without which something would be left; None where none is alone to blame."""
    kept = list(steering.active_rules(request.person_id))
    for rule in kept:
        filters = request.filters
        for other in kept:
            if other.pk != rule.pk:
                filters = merge_rule(filters, Filters.from_json(other.filters), request.filters)
        if filter_items(filters, request.person_id).exists():
            return rule
    return None


def _end_of(day: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time.max, tzinfo=UTC) if day else None
