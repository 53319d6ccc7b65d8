"""The sentence that goes with an answer: a template, or a named language model's where it passes. Never decides."""

import logging
from collections.abc import Iterator, Sequence

from mediarec.library.errors import MediarecError, UnavailableError
from mediarec.library.models import Item
from recommender import pipeline
from recommender.backends import registry
from recommender.chat import slot_patterns
from recommender.chat.faithfulness import check_answer
from recommender.chat.parsed_query import Intent, ParsedQuery, list_chips
from recommender.chat.turn_record import RuleProposal, read_chips, read_record
from recommender.chat.turn_store import find_turn
from recommender.items.cards import ItemFacts
from recommender.items.facts import load_facts
from recommender.llm import address, prompts
from recommender.llm.protocol import TextGenerator
from recommender.models import ChatTurn
from recommender.why_not import explain_why_not

logger = logging.getLogger(__name__)
TEMPLATE = "template"
NAMED_TITLES = 3
LONGEST_ANSWER_TOKENS = 90
HELP_WORDS = (
    "This looks through your library, by rules. Say what you are in the mood for: a kind (“a film”, “some music”), "
    "a mood, years, a length, a language, people, “like Heat but older”, “not too dark”, “that we own”. Ask “why the "
    "second one?”, say “older” or “shorter” to go on, “a one hour jazz playlist” for a playlist, or “no more horror "
    "from now on” for a rule you can undo."
)


def may_ask(turn: ChatTurn, wish: ParsedQuery) -> bool:
    """Whether a language model is asked for this turn's words: only one of the person's own. Asks nobody.

    The packaged one is left out: of 30 sentences that it wrote for the demo, 2 passed the check. So is every one where
    more must be said than what is in the list.
    """
    if wish.intent != Intent.RECOMMEND or not turn.item_ids or _list_remarks(turn, wish) or _read_question(turn):
        return False
    found = address.find_address()
    return bool(found.url) and not found.is_packaged


def respond_at_once(turn: ChatTurn, wish: ParsedQuery) -> None:
    """Fills in the answer of a turn for which nobody is asked, so that it is there with the items. Saves nothing."""
    if not turn.answer and not may_ask(turn, wish):
        turn.answer, turn.answered_by = write_template(turn, wish), TEMPLATE


def stream_response(person_id: int, turn_id: int) -> Iterator[str]:
    """Yields the answer's words and stores them on the turn; a turn answered before is repeated, not asked again."""
    turn = find_turn(person_id, turn_id)
    if not turn.answer:
        turn.answer, turn.answered_by = _write(turn)
        turn.save(update_fields=["answer", "answered_by"])
    for piece in turn.answer.split(" "):
        yield piece + " "


def _write(turn: ChatTurn) -> tuple[str, str]:
    """The language model's sentences where everything in them is true, the template otherwise."""
    wish = read_record(turn.wish).parsed
    writer = registry.load_generator() if may_ask(turn, wish) else None
    text = ask_writer(turn, writer) if writer else ""
    return (text, writer.name) if writer and text else (write_template(turn, wish), TEMPLATE)


def ask_writer(turn: ChatTurn, writer: TextGenerator) -> str:
    """What a language model says of the first works shown; empty where it is away or says more than their facts."""
    works = _list_works(turn)
    wished = [chip.label for chip in read_chips(turn.chips)]
    try:
        text = writer.write(prompts.CHAT_SYSTEM, list_chat_facts(works, wished), LONGEST_ANSWER_TOKENS).strip()
    except UnavailableError as error:
        logger.info("the language model did not answer a chat turn: %s", error)
        return ""
    problems = check_answer(text, works, wished)
    if problems:
        logger.info("A chat answer was refused: %s", " ".join(problems))
    return "" if problems else text


def list_chat_facts(works: Sequence[ItemFacts], wished: Sequence[str]) -> list[str]:
    """Lines of what may be said: the wish as understood and the first works shown."""
    lines = [f"wish: {', '.join(wished)}"] if wished else []
    return lines + [f"{work.kind}: {work.title} ({work.year or 'year unknown'}), {_say_words(work)}" for work in works]


def _list_works(turn: ChatTurn) -> list[ItemFacts]:
    shown = turn.item_ids[:NAMED_TITLES]
    facts = load_facts(shown)
    return [facts[item_id] for item_id in shown if item_id in facts]


def _say_words(work: ItemFacts) -> str:
    return ", ".join([*work.genres, *work.tags][:5]).lower()


def write_template(turn: ChatTurn, wish: ParsedQuery) -> str:
    """The same facts without a language model."""
    if wish.intent == Intent.HELP:
        return HELP_WORDS
    if wish.intent == Intent.ASIDE:
        return wish.relaxed
    if wish.intent == Intent.EXPLAIN and wish.refers_to:
        asks_why_not = slot_patterns.WHY_NOT.search(slot_patterns.normalise(turn.said))
        explain = _explain_absence if asks_why_not else _explain_item
        return explain(turn.person_id, wish.refers_to)
    if wish.intent in RULE_WORDS:
        return RULE_WORDS[wish.intent](turn)
    if not turn.item_ids:
        return wish.relaxed or "Nothing in the library fits that. Take one of the conditions away, or import more."
    if wish.intent == Intent.PLAYLIST:
        return f"A playlist of {len(turn.item_ids)}, ordered so that neighbours go together. Save it to keep it."
    return _say_slate(turn, wish)


def _say_slate(turn: ChatTurn, wish: ParsedQuery) -> str:
    count = len(turn.item_ids)
    first = Item.objects.get(pk=turn.item_ids[0])
    labels = [chip.label for chip in list_chips(wish)]
    asked = ", ".join(labels)
    asked = f" {asked}" if asked.startswith("for ") else f" for {asked}" if asked else ""
    opening = "One suggestion" if count == 1 else f"{count} suggestions"
    parts = [*_list_remarks(turn, wish), f"{opening}{asked}. The closest is {first}.", _read_question(turn)]
    return " ".join(part for part in parts if part)


def _list_remarks(turn: ChatTurn, wish: ParsedQuery) -> list[str]:
    """What must be said before the list: a contradiction, a title that is not here, what had to be given up."""
    is_asked = bool(_read_question(turn))
    unknown = "" if is_asked or not wish.unknown_title else f"“{wish.unknown_title}” is not in the catalogue."
    return [remark for remark in (wish.clash, unknown, wish.relaxed) if remark]


def _read_question(turn: ChatTurn) -> str:
    question = read_record(turn.wish).question
    return question.text if question else ""


def _say_proposal(turn: ChatTurn) -> str:
    proposal = read_record(turn.wish).proposal or RuleProposal()
    effect = []
    if proposal.leaving:
        effect.append(f"{', '.join(proposal.leaving)} would leave your next list")
    if proposal.coming:
        effect.append(f"{', '.join(proposal.coming)} would come in")
    said = "; ".join(effect) or "your next list would stay as it is"
    if not turn.item_ids:
        said = "nothing would be left of your next list"
    return f"Understood: {proposal.understood} With it {said}. Keep this rule?"


def _say_kept(turn: ChatTurn) -> str:
    if turn.rule is None:
        return "There was no rule to keep."
    return f"Kept: {turn.rule.understood} It applies everywhere and stands under Taste, where it can be undone."


def _say_undone(turn: ChatTurn) -> str:
    if turn.rule:
        return f"Undone: {turn.rule.understood} It stays under Taste, where it can be switched on again."
    kept = [f"“{understood}”" for understood in read_record(turn.wish).rules]
    if not kept:
        return "You have no rule that is followed now."
    number = "one rule" if len(kept) == 1 else f"{len(kept)} rules"
    return f"You have {number}: {' '.join(kept)} Name one to forget it (“forget the rule about …”), or use Taste."


RULE_WORDS = {Intent.RULE: _say_proposal, Intent.KEEP: _say_kept, Intent.UNDO: _say_undone}


def _explain_absence(person_id: int, item_id: int) -> str:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        return "That item is no longer in the library."
    return f"{item}: {explain_why_not(person_id, item_id).text}"


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
