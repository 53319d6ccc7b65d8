"""The sentence that goes with an answer: written from the rows shown and checked, or a template. Never decides."""

import logging
from collections.abc import Iterator

from mediarec.library.errors import MediarecError, UnavailableError
from mediarec.library.models import Item
from recommender import pipeline, registry
from recommender.absence import explain_absence
from recommender.chat import phrases
from recommender.chat.turns import find_turn
from recommender.chat.wish import Intent, Wish, list_chips
from recommender.llm import grounding, prompts
from recommender.models import ChatTurn

logger = logging.getLogger(__name__)
NAMED_TITLES = 3
LONGEST_ANSWER_TOKENS = 90
HELP_WORDS = (
    "Say what you are in the mood for: a kind (“a film”, “some music”), a mood, years, a length, a language, people, "
    "“like Heat but older”, “not too dark”, “that we own”. Ask “why the second one?”, say “older” or “shorter” "
    "to go on, “a one hour jazz playlist” for a playlist, or “no more horror from now on” for a rule you can undo."
)


def stream_words(person_id: int, turn_id: int) -> Iterator[str]:
    """Yields the answer's words and stores them on the turn; a turn answered before is repeated, not asked again."""
    turn = find_turn(person_id, turn_id)
    if turn.answer:
        yield turn.answer
        return
    words, author = _write(turn)
    turn.answer, turn.answered_by = words, author
    turn.save(update_fields=["answer", "answered_by"])
    for piece in words.split(" "):
        yield piece + " "


def _write(turn: ChatTurn) -> tuple[str, str]:
    """The language model's sentences where every name and number in them is true, the template otherwise."""
    wish = Wish.from_json(turn.wish)
    template = write_template(turn, wish)
    writer = registry.load_writer() if wish.intent == Intent.RECOMMEND and turn.item_ids else None
    if writer is None:
        return template, "template"
    facts = _list_facts(turn)
    try:
        text = writer.write(prompts.CHAT_SYSTEM, facts, LONGEST_ANSWER_TOKENS).strip()
    except UnavailableError as error:
        logger.info("the language model did not answer a chat turn: %s", error)
        return template, "template"
    if not text or grounding.check_sentence(text, facts):
        return template, "template"
    return text, writer.name


def _list_facts(turn: ChatTurn) -> list[str]:
    """Lines of what may be said: the wish as understood and the first rows shown."""
    labels = ", ".join(chip["label"] for chip in turn.chips)
    items = Item.objects.in_bulk(turn.item_ids[:NAMED_TITLES])
    shown = [items[item_id] for item_id in turn.item_ids[:NAMED_TITLES] if item_id in items]
    lines = [f"wish: {labels}"] if labels else []
    return lines + [f"{item.kind}: {item.title} ({item.year or 'year unknown'}), {_say_words(item)}" for item in shown]


def _say_words(item: Item) -> str:
    return ", ".join([*item.genres, *item.tags][:5]).lower()


def write_template(turn: ChatTurn, wish: Wish) -> str:
    """The same facts without a language model."""
    if wish.intent == Intent.HELP:
        return HELP_WORDS
    if wish.intent == Intent.EXPLAIN and wish.refers_to:
        asks_why_not = phrases.WHY_NOT.search(phrases.plain(turn.said))
        explain = _explain_absence if asks_why_not else _explain_item
        return explain(turn.person_id, wish.refers_to)
    if wish.intent in RULE_WORDS:
        return RULE_WORDS[wish.intent](turn)
    if not turn.item_ids:
        return wish.relaxed or "Nothing in the library fits that. Take one of the conditions away, or import more."
    if wish.intent == Intent.PLAYLIST:
        return f"A playlist of {len(turn.item_ids)}, ordered so that neighbours go together. Save it to keep it."
    return _say_slate(turn, wish)


def _say_slate(turn: ChatTurn, wish: Wish) -> str:
    count = len(turn.item_ids)
    first = Item.objects.get(pk=turn.item_ids[0])
    labels = [chip.label for chip in list_chips(wish)]
    asked = f" for {', '.join(labels)}" if labels else ""
    opening = "One suggestion" if count == 1 else f"{count} suggestions"
    question = turn.wish.get("question", {}).get("text", "")
    unknown = "" if question or not wish.unknown_title else f"“{wish.unknown_title}” is not in the catalogue."
    parts = [wish.clash, unknown, wish.relaxed, f"{opening}{asked}. The closest is {first}.", question]
    return " ".join(part for part in parts if part)


def _say_proposal(turn: ChatTurn) -> str:
    proposal = turn.wish.get("proposal", {})
    leaving, coming = proposal.get("leaving", []), proposal.get("coming", [])
    effect = []
    if leaving:
        effect.append(f"{', '.join(leaving)} would leave your next list")
    if coming:
        effect.append(f"{', '.join(coming)} would come in")
    said = "; ".join(effect) or "your next list would stay as it is"
    if not turn.item_ids:
        said = "nothing would be left of your next list"
    return f"Understood: {proposal.get('understood', '')} With it {said}. Keep this rule?"


def _say_kept(turn: ChatTurn) -> str:
    if turn.rule is None:
        return "There was no rule to keep."
    return f"Kept: {turn.rule.understood} It applies everywhere and stands under Taste, where it can be undone."


def _say_undone(turn: ChatTurn) -> str:
    return f"Undone: {turn.rule.understood}" if turn.rule else "There is no rule to undo."


RULE_WORDS = {Intent.RULE: _say_proposal, Intent.KEEP: _say_kept, Intent.UNDO: _say_undone}


def _explain_absence(person_id: int, item_id: int) -> str:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        return "That item is no longer in the library."
    return f"{item}: {explain_absence(person_id, item_id).text}"


def _explain_item(person_id: int, item_id: int) -> str:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        return "That item is no longer in the library."
    try:
        evidence = pipeline.explain_item(person_id, item_id)
    except MediarecError as error:
        return str(error)
    if not evidence:
        return f"{item} came up for its general fit; nothing in your history points to it in particular."
    return f"{item}: " + "; ".join(line.text.rstrip(".") for line in evidence[:3]) + "."
