"""What a person's interest is called, in words that most of its members carry. Knows no vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from recommender.taste.history import History
from recommender.taste.profile import Profile


@dataclass(frozen=True)
class LabelRules:
    """When a word may name an interest."""

    least_share: float = 0.6  # of the members must carry every word of the name
    least_lift: float = 0.4  # nats above the catalogue and the person's other interests, whichever has more of it
    most_words: int = 2
    rare: float = 0.01  # a share below this is taken for this: one item more or less must not decide


RULES = LabelRules()
LEAD_ROLES = frozenset({"director", "creator", "artist", "channel"})


@dataclass(frozen=True)
class InterestLabel:
    """`words` are what the name promises of its items; none for a name that only points to two works."""

    title: str
    words: tuple[str, ...] = ()


def label_interest(profile: Profile, members: Sequence[int], others: Sequence[Collection[int]]) -> InterestLabel:
    """A maker of most members, else the words that set them apart, else two of the works."""
    maker = _find_maker(profile, members)
    if maker:
        return InterestLabel(f"{maker} and around")
    words = find_distinctive_labels(profile, members, others)
    return InterestLabel(_capitalise(" ".join(words)), words) if words else label_by_titles(profile.history, members)


def label_by_titles(history: History, members: Sequence[int]) -> InterestLabel:
    """The two that weigh most; `members` come newest first, and the newer wins a tie."""
    titles = [history.titles[i] for i in sorted(members, key=lambda i: -history.item_weights[i])[:2]]
    return InterestLabel(f"Around {' and '.join(titles)}")


def find_distinctive_labels(
    profile: Profile, members: Sequence[int], others: Sequence[Collection[int]]
) -> tuple[str, ...]:
    """The rarer word first, as an adjective: "slow drama"."""
    own = _share_words(profile, members)
    theirs = [_share_words(profile, group) for group in others]
    lifts = {
        word: math.log(share / max(RULES.rare, profile.counts.share(word), *(other.get(word, 0.0) for other in theirs)))
        for word, share in own.items()
        if share >= RULES.least_share
    }
    good = sorted((w for w, lift in lifts.items() if lift >= RULES.least_lift), key=lambda w: (-lifts[w], w))
    chosen: list[str] = []
    for word in good:
        if len(chosen) < RULES.most_words and not any(set(word.split()) & set(kept.split()) for kept in chosen):
            chosen.append(word)
    return tuple(sorted(chosen, key=lambda w: (profile.counts.share(w), w)))


def describe_evidence(history: History, members: Sequence[int]) -> str:
    """ "From 14 things you finished and 3 more you took to", each countable in the history."""
    finished = sum(history.positive_signal.get(item_id) == "finished" for item_id in members)
    rest = len(members) - finished
    if not rest:
        return f"From {finished} things you finished"
    if not finished:
        return f"From {rest} things you took to"
    return f"From {finished} things you finished and {rest} more you took to"


def _share_words(profile: Profile, members: Collection[int]) -> Mapping[str, float]:
    counts = Counter(w for i in members if i in profile.details for w in profile.details[i].labels)
    return {word: count / max(1, len(members)) for word, count in counts.items()}


def _find_maker(profile: Profile, members: Sequence[int]) -> str:
    own = set(members)
    for credits in profile.contributors.values():
        led = sum(item_id in own and bool(roles & LEAD_ROLES) for item_id, roles in credits.roles.items())
        if led >= RULES.least_share * len(members):
            return credits.name
    return ""


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]
