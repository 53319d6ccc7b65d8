"""Commands about the last answer: keep, undo, seen, liked. Pure; knows no tables."""

import re
from dataclasses import replace

from recommender.chat import slot_patterns
from recommender.chat.dialogue_state import DialogueState
from recommender.chat.parsed_query import Intent, ParsedQuery

KEEP = re.compile(
    r"^(?:yes|yep|yes please|keep(?: it| that| the rule| this rule)?|do it|ok(?:ay)?|sure)(?: please)?[.!]*$"
)
DROP = r"(?:forget|remove|drop|delete|cancel|lift|end|stop|switch off|turn off|take back|get rid of)"
UNDO = re.compile(
    r"^(?:please |ok(?:ay)?,? |(?:can|could) you (?:please )?)?(?:undo\b|take (?:that|it) back\b"
    rf"|{DROP}(?: about)?(?: all| every)?(?: of)?(?: that| the| this| my| these| those)?(?: [\w'-]+){{0,3}}? rules?\b)"
)
WHICH_RULES = re.compile(
    r"^(?:(?:what|which)(?: are(?: my| the)?)? rules\b|(?:show|list|tell)(?: me)? (?:my|the|all)(?: my)? rules\b)"
)
WHICH = r"(?:the (?:\w+)(?: one)?|number \d+|it|that|that one)"
SEEN = re.compile(rf"^(?:i|we)(?:'ve| have)? (?:already )?(?:seen|watched|heard|know) (?:{WHICH})\b")
LIKED = re.compile(rf"^(?:i|we) (?:really )?(?:love|loved|like|liked) (?:{WHICH})\b")
DISLIKED = re.compile(rf"^(?:i|we) (?:really )?(?:hate|hated|dislike|disliked|don't like|didn't like) (?:{WHICH})\b")
MARKS = ((SEEN, "finished"), (LIKED, "liked"), (DISLIKED, "disliked"))


def read_command(sentence: str, context: DialogueState) -> ParsedQuery | None:
    """The command as a parsed query that keeps the previous request; None if the sentence is no command."""
    text = slot_patterns.normalise(sentence)
    previous = context.query or ParsedQuery()
    continued = replace(
        previous, offered_ids=tuple(dict.fromkeys((*previous.offered_ids, *context.item_ids))), is_standing=False
    )
    if KEEP.search(text) and previous.is_standing:
        return replace(previous, intent=Intent.KEEP)
    if UNDO.search(text) or WHICH_RULES.search(text):
        return replace(continued, intent=Intent.UNDO)
    position, _ = slot_patterns.read_ordinal(text)
    for pattern, mark in MARKS:
        if pattern.search(text) and context.item_ids and (position is not None or re.search(r"\b(?:it|that)\b", text)):
            item_id = context.item_ids[min(position or 0, len(context.item_ids) - 1)]
            return replace(continued, intent=Intent.MARK, refers_to=item_id, mark=mark)
    return None
