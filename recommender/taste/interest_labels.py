"""Labels for a person's interests, from genres and tags that most members share. Knows no vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from recommender.taste.history import History
from recommender.taste.profile import Profile


@dataclass(frozen=True)
class LabelRules:
    """When a genre or tag may label an interest."""

    least_share: float = 0.6  # of the members must have every word of the label
    least_lift: float = 0.4  # nats above the catalogue and above the person's other interests
    most_words: int = 2
    rare: float = 0.01  # lower bound of a share, so that a single item does not decide


RULES = LabelRules()
LEAD_ROLES = frozenset({"director", "creator", "artist", "channel"})


@dataclass(frozen=True)
class InterestLabel:
    """`words` are the genres and tags that the title claims; empty if it only names a maker or two titles."""

    title: str
    words: tuple[str, ...] = ()


def label_interest(profile: Profile, members: Sequence[int], others: Sequence[Collection[int]]) -> InterestLabel:
    """By a maker of most members, else by distinctive genres and tags, else by two titles."""
    maker = _find_maker(profile, members)
    if maker:
        return InterestLabel(f"{maker} and around")
    words = find_distinctive_labels(profile, members, others)
    return InterestLabel(_capitalise(" ".join(words)), words) if words else label_by_titles(profile.history, members)


def label_by_titles(history: History, members: Sequence[int]) -> InterestLabel:
    """The two titles with the highest weight; `members` are newest first, and the newer wins ties."""
    titles = [history.titles[i] for i in sorted(members, key=lambda i: -history.item_weights[i])[:2]]
    return InterestLabel(f"Around {' and '.join(titles)}")


def find_distinctive_labels(
    profile: Profile, members: Sequence[int], others: Sequence[Collection[int]]
) -> tuple[str, ...]:
    """Words with the highest lift over catalogue and other interests, the rarer first as an adjective: "slow drama"."""
    shares = _share_words(profile, members)
    other_shares = [_share_words(profile, group) for group in others]
    lifts = {
        word: math.log(share / max(RULES.rare, profile.counts.share(word), *(o.get(word, 0.0) for o in other_shares)))
        for word, share in shares.items()
        if share >= RULES.least_share
    }
    candidates = sorted((w for w, lift in lifts.items() if lift >= RULES.least_lift), key=lambda w: (-lifts[w], w))
    chosen: list[str] = []
    for word in candidates:
        if len(chosen) < RULES.most_words and not any(set(word.split()) & set(former.split()) for former in chosen):
            chosen.append(word)
    return tuple(sorted(chosen, key=lambda w: (profile.counts.share(w), w)))


def describe_evidence(history: History, members: Sequence[int]) -> str:
    """ "From 14 things you finished and 3 more you took to"; the history page shows the same counts."""
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
    member_ids = set(members)
    for credits in profile.contributors.values():
        led = sum(item_id in member_ids and bool(roles & LEAD_ROLES) for item_id, roles in credits.roles.items())
        if led >= RULES.least_share * len(members):
            return credits.name
    return ""


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]
