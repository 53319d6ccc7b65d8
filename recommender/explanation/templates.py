"""Template sentences for recommendations. Claims nothing that is not in a cause."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mediarec.library.models import Kind
from mediarec.library.models.items import MUSIC_KINDS
from recommender.explanation.causes import Cause
from recommender.retrieval.pool import PoolItem
from recommender.types import Evidence, EvidenceType

LEAD_MARGIN = 0.3  # causes up to this much weaker than the best may lead the sentence, for variety on a page
ROLE_PHRASES = {
    "director": "directed by",
    "creator": "created by",
    "artist": "by",
    "composer": "composed by",
    "actor": "with",
    "writer": "written by",
    "channel": "published by",
}
KIND_WORDS = {
    Kind.FILM: "film", Kind.SERIES: "series", Kind.EPISODE: "episode", Kind.TRACK: "track", Kind.ALBUM: "album",
    Kind.VIDEO: "video",
}  # fmt: skip
SCREEN_ACTIONS = {"liked": "liked", "finished": "finished", "rated": "rated", "played": "watched"}
MUSIC_ACTIONS = {"liked": "liked", "finished": "finished", "rated": "rated", "played": "played"}
Template = Callable[[Cause], str]


@dataclass
class PhraseRotation:
    """Counts the causes and templates used on one page, so that neighbouring sentences differ."""

    types: Counter[EvidenceType] = field(default_factory=Counter)
    forms: Counter[tuple[EvidenceType, int]] = field(default_factory=Counter)
    sources: Counter[int | None] = field(default_factory=Counter)

    def choose(self, causes: Sequence[Cause], focus_id: int | None = None) -> Cause:
        """The best cause, or one nearly as good whose type and source were used less on this page.

        On a row about one item (`focus_id`) naming that item again is intended and not counted as repetition.
        """
        self.sources[focus_id] = 0
        best = causes[0].weight
        eligible = [c for c in causes if c.weight >= best - LEAD_MARGIN and c.type not in _LAST_RESORTS] or causes[:1]
        chosen = min(eligible, key=lambda c: 0.09 * self.types[c.type] + 0.12 * self._uses(c.source_id) - c.weight)
        self.types[chosen.type] += 1
        self.sources[chosen.source_id] += 1
        return chosen

    def choose_form(self, cause: Cause, item_id: int, forms: int) -> int:
        """Index of the least used of `forms` templates; a hash of the item ID breaks ties."""
        start = zlib.crc32(str(item_id).encode()) % forms
        order = [(start + step) % forms for step in range(forms)]
        form = min(order, key=lambda f: self.forms[(cause.type, f)])
        self.forms[(cause.type, form)] += 1
        return form

    def _uses(self, source_id: int | None) -> int:
        return 0 if source_id is None else self.sources[source_id]


_LAST_RESORTS = (EvidenceType.NEW, EvidenceType.POPULAR, EvidenceType.UNTOLD)


def explain(item: PoolItem, causes: Sequence[Cause], voice: PhraseRotation, focus_id: int | None = None) -> str:
    """One sentence from one cause, joined with a second cause that names the same source, if any."""
    lead = voice.choose(causes, focus_id)
    support = find_support(lead, causes)
    if support is not None:
        return _join(lead, support, item.item_id)
    forms = _forms(lead, item.kind)
    return forms[voice.choose_form(lead, item.item_id, len(forms))](lead)


def describe_evidence(kind: str, causes: Sequence[Cause]) -> tuple[Evidence, ...]:
    """Each cause as one line; generic causes such as popularity are dropped if there are specific ones."""
    specific = [c for c in causes if c.type not in _LAST_RESORTS] or list(causes[:1])
    shown = [c for c in causes if c in specific or c.type == EvidenceType.NEW]
    return tuple(Evidence(c.type, _forms(c, kind)[0](c), c.source_id, round(c.weight, 4), c.share) for c in shown)


def find_support(lead: Cause, causes: Sequence[Cause]) -> Cause | None:
    """For a shared person the shared labels, or the reverse, if both come from the same item."""
    pair = {EvidenceType.PERSON: EvidenceType.TAG, EvidenceType.TAG: EvidenceType.PERSON}.get(lead.type)
    return next((c for c in causes if c.type == pair and c.source_id == lead.source_id), None)


def _join(lead: Cause, support: Cause, item_id: int) -> str:
    person, labels = (lead, support) if lead.type == EvidenceType.PERSON else (support, lead)
    by = f"{ROLE_PHRASES[person.role]} {person.names[0]}"
    forms = (
        f"Because you {past_action(lead)} {quote(lead.source_title)} — also {listing(labels.names)}, also {by}.",
        f"Like {quote(lead.source_title)}, which you {past_action(lead)}: {listing(labels.names)}, and {by}.",
    )
    return forms[zlib.crc32(str(item_id).encode()) % len(forms)]


def _forms(cause: Cause, kind: str) -> tuple[Template, ...]:
    if cause.type == EvidenceType.WORDS and cause.role == "meaning":
        return (lambda c: f"Close in meaning to {quote(c.names[0])}.",)
    if cause.type == EvidenceType.SEED and not cause.names:
        return (lambda c: f"Close to {quote(c.source_title)}.", lambda c: f"Goes with {quote(c.source_title)}.")
    if cause.type == EvidenceType.POPULAR:
        word = KIND_WORDS[Kind(kind)]
        return (lambda c: f"A widely known {word}.", lambda c: f"A {word} many people know.")
    return _TEMPLATES[cause.type]


_TEMPLATES: dict[EvidenceType, tuple[Template, ...]] = {
    EvidenceType.PERSON: (
        lambda c: (
            f"{_capital(ROLE_PHRASES[c.role])} {c.names[0]}, like {quote(c.source_title)}, which you {past_action(c)}."
        ),
        lambda c: f"Because you {past_action(c)} {quote(c.source_title)}, also {ROLE_PHRASES[c.role]} {c.names[0]}.",
        lambda c: f"More {_more(c.role)} {c.names[0]}, after {quote(c.source_title)}, which you {past_action(c)}.",
    ),
    EvidenceType.TAG: (
        lambda c: f"Because you {past_action(c)} {quote(c.source_title)} — also {listing(c.names)}.",
        lambda c: f"{_capital(listing(c.names))}, as in {quote(c.source_title)}, which you {past_action(c)}.",
        lambda c: f"Shares {listing(c.names)} with {quote(c.source_title)}, which you {past_action(c)}.",
        lambda c: f"You {past_action(c)} {quote(c.source_title)}; this is {listing(c.names)} too.",
    ),
    EvidenceType.NEAREST: (
        lambda c: f"Close to {quote(c.source_title)}, which you {past_action(c)}.",
        lambda c: f"You {past_action(c)} {quote(c.source_title)}, and this lies near it.",
        lambda c: f"A near neighbour of {quote(c.source_title)}, which you {past_action(c)}.",
    ),
    EvidenceType.STATEMENT: (
        lambda c: f"Fits what we read of your taste: {c.names[0]}.",
        lambda c: f"Speaks to your taste for {c.names[0]}.",
    ),
    EvidenceType.SEED: (
        lambda c: f"Like {quote(c.source_title)}: also {listing(c.names)}.",
        lambda c: f"{_capital(listing(c.names))}, as {quote(c.source_title)} is.",
        lambda c: f"Shares {listing(c.names)} with {quote(c.source_title)}.",
    ),
    EvidenceType.WORDS: (
        lambda c: f"Holds the word{'s' if len(c.names) > 1 else ''} {listing([quote(n) for n in c.names])}.",
    ),
    EvidenceType.SEQUENCE: (
        lambda c: f"Fits the run of what you chose lately, {quote(c.source_title)} among it.",
        lambda c: f"A next step after what you chose lately, such as {quote(c.source_title)}.",
    ),
    EvidenceType.DIFFERENT: (
        lambda c: f"Something different: nothing you took to lately is marked {c.names[0]}.",
        lambda c: f"New ground: {c.names[0]}, which nothing you took to lately is.",
    ),
    EvidenceType.UNTOLD: (lambda c: "Nothing of yours points to it yet.",),
    EvidenceType.NEW: (
        lambda c: f"In the library since {c.names[0]}.",
        lambda c: f"Came into the library on {c.names[0]}.",
    ),
}


def past_action(cause: Cause) -> str:
    return name_action(cause.source_action, cause.source_kind)


def name_action(praise: str, kind: str) -> str:
    """The past-tense verb for an interaction: films are watched, albums played; "took to" for unnamed likes."""
    return (MUSIC_ACTIONS if kind in MUSIC_KINDS else SCREEN_ACTIONS).get(praise, "took to")


def quote(title: str) -> str:
    return f"“{title}”"


def listing(words: Sequence[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def _more(role: str) -> str:
    return "with" if role == "actor" else "from"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
