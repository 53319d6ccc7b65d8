"""What a chat turn does with a wish: tools over the same pipeline as every page, each named in the turn's trace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from mediarec.library.interactions import record_interaction
from mediarec.library.models import Item
from recommender import impressions, pipeline
from recommender.chat import llm_reranking, rules, slot_patterns
from recommender.chat.child_safety import apply_child_safety, fits_children
from recommender.chat.commands import WHICH_RULES
from recommender.chat.llm_slot_filling import list_stretches
from recommender.chat.parsed_query import Chip, Intent, ParsedQuery, list_chips
from recommender.chat.parsing import DialogueState
from recommender.chat.responses import respond_at_once
from recommender.chat.turn_record import AskedQuestion, RuleProposal, TurnRecord, read_record
from recommender.elicitation.questions import Option, Question, choose_question
from recommender.language.children import is_for_children
from recommender.models import ChatTurn, SteeringRule
from recommender.playlists import PlaylistDraft, PlaylistRequest, build_playlist
from recommender.taste import steering
from recommender.types import RecommendRequest, Slate

ASKED_ABOUT = 40  # likely answers a question is chosen over
ASKED_PEOPLE = 4  # of one item, in the order credited
PLAYLIST_ENTRIES = 25
NOTHING_FOR_CHILDREN = "Nothing here is marked as made for children and fits the rest."


@dataclass(frozen=True)
class ChatAnswer:
    """What a page shows at once; the words come after. `draft` is set for a playlist, `rule` for a kept rule and
    `proposal` for one that is only shown; `tools` are the steps taken, in order."""

    turn: ChatTurn
    wish: ParsedQuery
    chips: tuple[Chip, ...] = ()
    slate: Slate | None = None
    draft: PlaylistDraft | None = None
    rule: SteeringRule | None = None
    proposal: RuleProposal | None = None
    question: Question | None = None
    tools: tuple[str, ...] = ()
    relaxed: str = ""
    listed_rules: tuple[str, ...] = ()  # which there are, where it was not clear which one is meant


@dataclass
class _Trace:
    steps: list[str] = field(default_factory=list)

    def add(self, tool: str, detail: str = "") -> None:
        self.steps.append(f"{tool}: {detail}" if detail else tool)


def act(turn: ChatTurn, wish: ParsedQuery, context: DialogueState) -> ChatAnswer:
    """Answers one turn and stores it with what was understood and done."""
    trace = _Trace()
    acted = ACTIONS.get(wish.intent, _recommend)(turn, wish, context, trace)
    chips = tuple(list_chips(acted.wish))
    turn.chips = [chip.to_json() for chip in chips]
    turn.wish = TurnRecord(
        parsed=acted.wish,
        tools=tuple(trace.steps),
        open=tuple(list_stretches(turn.said, wish)),
        question=AskedQuestion(acted.question.text, acted.question.choices) if acted.question else None,
        rules=acted.listed_rules,
        proposal=acted.proposal,
    ).to_json()
    respond_at_once(turn, acted.wish)
    turn.save()
    return replace(acted, chips=chips, tools=tuple(trace.steps))


def _recommend(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    if wish.query:
        trace.add("search", wish.query)
    if wish.seed_titles:
        trace.add("similar", ", ".join(wish.seed_titles))
    if wish.filters.to_json():
        trace.add("filter", ", ".join(chip.label for chip in list_chips(replace(wish, query="", seed_titles=()))))
    slate, met = _find_slate(turn.person_id, wish, trace)
    turn.item_ids = [line.item_id for line in slate.items]
    impressions.record_shown(slate)
    question = _ask(turn, met, slate) if slate.items else None
    if question:
        trace.add("ask", question.text)
    return ChatAnswer(turn, met, slate=slate, relaxed=met.relaxed, question=question)


def _find_slate(person_id: int, wish: ParsedQuery, trace: _Trace) -> tuple[Slate, ParsedQuery]:
    """The slate, and the wish as far as it could be met; `relaxed` says in words what had to be given up."""
    for met in _list_relaxations(replace(wish, relaxed="")):
        request = _build_request(person_id, met)
        wide = pipeline.recommend(replace(request, limit=llm_reranking.widen(met.limit)))
        slate = llm_reranking.reorder_slate(wide, _say_wish(met), met.limit)
        trace.add("rank", f"{len(slate.items)} by {slate.ranker}")
        if slate.items:
            return slate, met
    blocking = rules.find_blocking_rule(_build_request(person_id, wish))
    if blocking:
        said = f"Your rule “{blocking.text}” leaves nothing of this. Switch it off under Taste to see more."
        return slate, replace(wish, relaxed=said)
    nothing = NOTHING_FOR_CHILDREN if is_for_children(wish.filters) else slate.note or "Nothing here fits that."
    return slate, replace(wish, relaxed=nothing)


def _say_wish(wish: ParsedQuery) -> str:
    return ", ".join(chip.label for chip in list_chips(wish))


def _list_relaxations(wish: ParsedQuery) -> list[ParsedQuery]:
    """Gives up what directs before what bounds, and never what was refused or that it is for children."""
    filters, steps = wish.filters, [wish]
    if wish.query:
        said = f"Nothing here is described as “{wish.query}”; the rest fits."
        steps.append(replace(wish, query="", moods=(), relaxed=said))
    if filters.any_words and not is_for_children(filters):
        said = f"Nothing here is marked {' or '.join(filters.any_words[:2])} and fits the rest."
        open_wish = replace(wish, filters=replace(filters, any_words=()), relaxed=said)
        query = " ".join((*wish.query.split(), filters.any_words[0]))  # it goes on directing: "romantic" is a mood, too
        steps += [replace(open_wish, query=query), open_wish]
    if filters.year_from is not None or filters.year_to is not None:
        said = "Nothing from those years fits the rest."
        steps.append(replace(wish, filters=replace(filters, year_from=None, year_to=None), relaxed=said))
    return steps


def _build_request(person_id: int, wish: ParsedQuery) -> RecommendRequest:
    excluded = (*wish.filters.exclude_ids, *wish.offered_ids, *wish.seed_ids)
    return RecommendRequest(
        person_id=person_id,
        filters=apply_child_safety(replace(wish.filters, exclude_ids=excluded)),
        query=wish.query,
        seed_ids=wish.seed_ids,
        limit=wish.limit,
        surface="chat",
    )


def _ask(turn: ChatTurn, wish: ParsedQuery, slate: Slate) -> Question | None:
    """The nearest titles for one that is not here; otherwise a question only where nothing narrows the answer."""
    if wish.unknown_title and wish.near_titles:
        text = f"“{wish.unknown_title}” is not in the catalogue. Did you mean one of these?"
        return Question(text, tuple(f"like {title}" for title in wish.near_titles), 0.0)
    past = list(ChatTurn.objects.filter(person_id=turn.person_id, thread=turn.thread).order_by("created_at", "pk"))
    if (wish.query or list_chips(wish)) and not _answers_question(turn.said, past):
        return None
    wide = pipeline.recommend(replace(slate.request, limit=ASKED_ABOUT))
    items = Item.objects.prefetch_related("credits__contributor").in_bulk([line.item_id for line in wide.items])
    options = [_describe(items[line.item_id], line.score) for line in wide.items if line.item_id in items]
    offered = {choice for earlier in past for choice in read_record(earlier.wish).choices}
    return choose_question(options, offered) if len(options) > len(slate.items) else None


def _answers_question(said: str, past: Sequence[ChatTurn]) -> bool:
    """Who taps a choice has not yet said what is wanted, and may be asked the next question."""
    return bool(past) and said in read_record(past[-1].wish).choices


def _describe(item: Item, score: float) -> Option:
    people = tuple(dict.fromkeys(credit.contributor.name for credit in item.credits.all()))[:ASKED_PEOPLE]
    return Option(item.pk, item.kind, item.year, tuple(item.genres), score, tuple(item.tags), people)


def _draft_playlist(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    draft = build_playlist(
        turn.person_id,
        PlaylistRequest(
            seed_ids=wish.seed_ids,
            query=wish.query,
            filters=apply_child_safety(wish.filters),
            duration_seconds=wish.duration_seconds,
            limit=wish.limit if wish.limit > ParsedQuery().limit else PLAYLIST_ENTRIES,
        ),
    )
    if not fits_children(draft.item_ids, wish.filters):  # a draft gives up words where nothing fits
        draft = replace(draft, item_ids=(), total_seconds=0)
    if not draft.item_ids:
        wish = replace(wish, relaxed=NOTHING_FOR_CHILDREN if is_for_children(wish.filters) else draft.note)
    turn.item_ids = list(draft.item_ids)
    trace.add("make playlist", f"{len(draft.item_ids)} entries")
    return ChatAnswer(turn, wish, draft=replace(draft, name=_name_playlist(turn.said, draft.name)))


def _name_playlist(said: str, fallback: str) -> str:
    words = said.strip().rstrip(".!?")
    return words[:1].upper() + words[1:80] if words else fallback


def _propose_rule(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    """Shows what the rule would change; nothing is kept until the person says so."""
    proposal = rules.propose_rule(turn.person_id, wish, turn.said)
    turn.item_ids = list(proposal.after_ids)
    trace.add("try rule", proposal.understood)
    return ChatAnswer(turn, wish, proposal=proposal)


def _keep_rule(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    proposed = rules.find_proposal_turn(turn.person_id, turn.thread)
    if proposed is None:
        return _recommend(turn, replace(wish, intent=Intent.RECOMMEND), context, trace)
    turn.rule = rules.keep_rule(turn.person_id, proposed.pk)
    turn.item_ids = list(proposed.item_ids)
    trace.add("add rule", turn.rule.understood)
    return ChatAnswer(turn, ParsedQuery(intent=Intent.KEEP), rule=turn.rule)


def _undo_rule(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    """Switches off the rule that is meant; where several may be, says which there are, and where none is, that."""
    meant, kept = rules.find_rules_meant(turn.person_id, turn.said)
    if meant and WHICH_RULES.search(slot_patterns.normalise(turn.said)):
        kept = [meant]
    elif meant:
        turn.rule = steering.undo_rule(turn.person_id, meant.pk)
        trace.add("undo rule", turn.rule.understood)
    listed = tuple(rule.understood for rule in kept)
    return ChatAnswer(turn, ParsedQuery(intent=Intent.UNDO), rule=turn.rule, listed_rules=listed)


def _mark(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    """Records what the person says about one item shown, and goes on with the same wish."""
    item = Item.objects.filter(pk=wish.refers_to or 0).first()
    if item is not None:
        record_interaction(turn.person_id, item.pk, wish.mark)
        trace.add("mark", f"{item.title} {wish.mark}")
    return _recommend(turn, wish, context, trace)


def _explain(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    turn.item_ids = list(context.item_ids)
    trace.add("explain", str(wish.refers_to or ""))
    return ChatAnswer(turn, wish)


def _say(turn: ChatTurn, wish: ParsedQuery, context: DialogueState, trace: _Trace) -> ChatAnswer:
    return ChatAnswer(turn, wish)


ACTIONS: dict[Intent, Callable[[ChatTurn, ParsedQuery, DialogueState, _Trace], ChatAnswer]] = {
    Intent.RULE: _propose_rule,
    Intent.KEEP: _keep_rule,
    Intent.UNDO: _undo_rule,
    Intent.MARK: _mark,
    Intent.PLAYLIST: _draft_playlist,
    Intent.EXPLAIN: _explain,
    Intent.HELP: _say,
    Intent.ASIDE: _say,
}
