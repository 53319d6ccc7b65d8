"""One turn of the conversation: understood, acted on by the same pipeline as every page, kept as a row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.core.cache import cache

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Item
from recommender import impressions, pipeline
from recommender.chat.parsing import Context, understand
from recommender.chat.standing import keep_standing, word_rule
from recommender.chat.wish import Chip, Intent, Wish, list_chips
from recommender.chat.wish import remove_chip as without_chip
from recommender.models import ChatTurn, SteeringRule
from recommender.playlists import PlaylistDraft, PlaylistWish, build_playlist
from recommender.taste import steering
from recommender.types import RecommendRequest, Slate

KNOWN_WORDS_SECONDS = 300
RULE_PREVIEW = 5
SHARED_BY = 0.5  # a word speaks for an answer when at least half of its items have it


@dataclass(frozen=True)
class ChatAnswer:
    """What a page shows at once; the words come after. `draft` is set for a playlist, `rule` for a standing wish."""

    turn: ChatTurn
    wish: Wish
    chips: tuple[Chip, ...]
    slate: Slate | None
    draft: PlaylistDraft | None = None
    rule: SteeringRule | None = None
    relaxed: str = ""


def answer(person_id: int, thread: UUID, said: str) -> ChatAnswer:
    """Understands and answers one sentence. Raises NotUnderstoodError for an empty one."""
    sentence = " ".join(said.split())
    if not sentence:
        raise NotUnderstoodError("Say what you are in the mood for, for example “a slow film from the 70s”.")
    context = _load_context(person_id, thread)
    wish = understand(sentence, context, list_known_words())
    turn = ChatTurn(person_id=person_id, thread=thread, said=sentence)
    return _act(turn, wish, context)


def remove_chip(person_id: int, turn_id: int, key: str) -> ChatAnswer:
    """Answers the same turn again without one of the things understood."""
    turn = find_turn(person_id, turn_id)
    wish = without_chip(Wish.from_json(turn.wish), key)
    turn.answer = turn.answered_by = ""
    return _act(turn, wish, Context(item_ids=tuple(turn.item_ids)))


def find_turn(person_id: int, turn_id: int) -> ChatTurn:
    try:
        return ChatTurn.objects.select_related("rule").get(pk=turn_id, person_id=person_id)
    except ChatTurn.DoesNotExist as error:
        raise NotFoundError("There is no such message.") from error


def list_turns(person_id: int, thread: UUID) -> list[ChatTurn]:
    return list(ChatTurn.objects.filter(person_id=person_id, thread=thread).select_related("rule"))


def list_known_words() -> frozenset[str]:
    """This library's own genres and tags in lower case, re-read every few minutes."""
    words: frozenset[str] | None = cache.get("chat-known-words")
    if words is None:
        rows = Item.objects.values_list("genres", "tags").iterator(chunk_size=5000)
        words = frozenset(word.lower() for genres, tags in rows for word in (*genres, *tags) if len(word) > 2)
        cache.set("chat-known-words", words, KNOWN_WORDS_SECONDS)
    return words


def _load_context(person_id: int, thread: UUID) -> Context:
    last = ChatTurn.objects.filter(person_id=person_id, thread=thread).order_by("-created_at", "-pk").first()
    if last is None:
        return Context()
    items = Item.objects.in_bulk(last.item_ids)
    shown = [items[item_id] for item_id in last.item_ids if item_id in items]
    return Context(
        wish=Wish.from_json(last.wish),
        item_ids=tuple(item.pk for item in shown),
        titles=tuple(item.title for item in shown),
        years=tuple(item.year for item in shown if item.year),
        runtimes_seconds=tuple(item.runtime_seconds for item in shown if item.runtime_seconds),
        shared_words=_list_shared_words(shown, Wish.from_json(last.wish)),
    )


def _list_shared_words(shown: Sequence[Item], wish: Wish) -> tuple[str, ...]:
    """What "that" means in "no more of that": what was asked for, or what most of the answer has in common."""
    if wish.filters.any_words:
        return wish.filters.any_words
    counts = Counter(word.lower() for item in shown for word in {*item.genres, *item.tags})
    return tuple(word for word, count in counts.most_common(2) if count >= max(2, SHARED_BY * len(shown)))


def _act(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    actions = {Intent.RULE: _keep_rule, Intent.PLAYLIST: _draft_playlist, Intent.EXPLAIN: _explain, Intent.HELP: _help}
    acted = actions.get(wish.intent, _recommend)(turn, wish, context)
    chips = tuple(list_chips(acted.wish))
    turn.wish = acted.wish.to_json()
    turn.chips = [{"key": chip.key, "label": chip.label} for chip in chips]
    turn.save()
    return replace(acted, chips=chips)


def _recommend(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    slate, met = _find_slate(turn.person_id, wish)
    turn.item_ids = [line.item_id for line in slate.items]
    impressions.record_shown(slate)
    return ChatAnswer(turn, met, (), slate, relaxed=met.relaxed)


def _find_slate(person_id: int, wish: Wish) -> tuple[Slate, Wish]:
    """The slate, and the wish as far as it could be met; `relaxed` says in words what had to be given up."""
    for met in _list_relaxations(replace(wish, relaxed="")):
        slate = pipeline.recommend(_build_request(person_id, met))
        if slate.items:
            return slate, met
    return slate, replace(wish, relaxed=slate.note or "Nothing here fits that.")


def _list_relaxations(wish: Wish) -> list[Wish]:
    """Gives up what directs before what bounds, and never what was refused."""
    filters, steps = wish.filters, [wish]
    if wish.query:
        said = f"Nothing here is described as “{wish.query}”; the rest fits."
        steps.append(replace(wish, query="", relaxed=said))
    if filters.any_words:
        said = f"Nothing here is marked {' or '.join(filters.any_words[:2])} and fits the rest."
        steps.append(replace(wish, filters=replace(filters, any_words=()), relaxed=said))
    if filters.year_from is not None or filters.year_to is not None:
        said = "Nothing from those years fits the rest."
        steps.append(replace(wish, filters=replace(filters, year_from=None, year_to=None), relaxed=said))
    return steps


def _build_request(person_id: int, wish: Wish) -> RecommendRequest:
    excluded = (*wish.filters.exclude_ids, *wish.offered_ids, *wish.seed_ids)
    return RecommendRequest(
        person_id=person_id,
        filters=replace(wish.filters, exclude_ids=excluded),
        query=wish.query,
        seed_ids=wish.seed_ids,
        limit=wish.limit,
        surface="chat",
    )


def _draft_playlist(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    draft = build_playlist(
        turn.person_id,
        PlaylistWish(
            seed_ids=wish.seed_ids,
            query=wish.query,
            filters=wish.filters,
            duration_seconds=wish.duration_seconds,
            limit=wish.limit if wish.limit > Wish().limit else 25,
        ),
    )
    turn.item_ids = list(draft.item_ids)
    return ChatAnswer(turn, wish, (), None, draft=replace(draft, name=_name_playlist(turn.said, draft.name)))


def _name_playlist(said: str, fallback: str) -> str:
    words = said.strip().rstrip(".!?")
    return words[:1].upper() + words[1:80] if words else fallback


def _keep_rule(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    """Stores the standing wish and shows what comes first under it."""
    filters = keep_standing(wish, turn.said)
    rule = steering.add_rule(turn.person_id, turn.said, word_rule(filters, wish), filters)
    turn.rule = rule
    slate = pipeline.recommend(RecommendRequest(person_id=turn.person_id, limit=RULE_PREVIEW, surface="chat"))
    turn.item_ids = [line.item_id for line in slate.items]
    return ChatAnswer(turn, wish, (), slate, rule=rule)


def _explain(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    turn.item_ids = list(context.item_ids)
    return ChatAnswer(turn, wish, (), None)


def _help(turn: ChatTurn, wish: Wish, context: Context) -> ChatAnswer:
    return ChatAnswer(turn, wish, (), None)
