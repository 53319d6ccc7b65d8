"""How well weights would have foreseen each person's own latest things. Knows no torch, no page, no training.

Leave-last-out: each thing is asked for with only what came before it, among all items of its kind not met before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.backends import ranker_weights
from recommender.enrichment import item_embeddings
from recommender.finetuning.accuracy import FEWEST_ASKED, LAST_EVENTS, LISTS, POPULARITY, SIMILARITY
from recommender.finetuning.backtest import BacktestPool, open_backtest, score_at
from recommender.finetuning.training_data import TrainingEvent, load_training_events
from recommender.finetuning.versions import baseline_version
from recommender.metrics import hit_rate, ndcg, reciprocal_rank
from recommender.models import Modality, TrainedRanker
from recommender.sequence.serving import SequenceRanker
from recommender.taste.profile import load_profile
from recommender.vectors import spaces

READ_CHUNK = 2048
MOST_SCORED = 10_000  # works of one kind; lists measure a few hundred at a time, and a hundred thousand take minutes
SIMILAR_TO = 30  # of the latest things taken to; their mean is what similarity goes by
Scores = NDArray[np.float32]


@dataclass
class RankTally:
    """Ranks from 0 of what was asked for, and which of it the weights had not learned from."""

    ranks: list[int] = field(default_factory=list)
    unseen: list[bool] = field(default_factory=list)

    def to_json(self) -> dict[str, float | int]:
        ranks, fresh = np.array(self.ranks), np.array(self.unseen, dtype=bool)
        hits = hit_rate(ranks)
        return {
            "hits": int(hits.sum()),
            "hr@10": round(float(hits.mean()), 4),
            "ndcg@10": round(float(ndcg(ranks).mean()), 4),
            "mrr": round(float(reciprocal_rank(ranks).mean()), 4),
            "unseen_events": int(fresh.sum()),
            "unseen_hits": int(hits[fresh].sum()),
        }


@dataclass(frozen=True)
class Library:
    """Everything that could be offered, in one order; `popularity` (N,), `text` (N, dims), zeros where unknown."""

    ids: list[int]
    kinds: NDArray[np.str_]
    popularity: Scores
    text: Scores

    @property
    def rows(self) -> dict[int, int]:
        return {item_id: row for row, item_id in enumerate(self.ids)}


class ModelScorer:
    """Weights with the library's items embedded by them. `learned_until` is when each person's training ended."""

    def __init__(self, ranker: SequenceRanker, library: Library, learned_until: Mapping[str, str]) -> None:
        self.ranker, self.version = ranker, ranker.version
        self.items = np.concatenate([np.zeros((0, ranker.dims), np.float32), *_embed_items(ranker, library.ids)])
        self._trained_events = ranker.facts.get("trained_events")
        self._learned_until = {int(person): datetime.fromisoformat(at) for person, at in learned_until.items()}

    def is_new_to(self, person_id: int, step: TrainingEvent) -> bool:
        until = self._learned_until.get(person_id)
        return until is None or step.at > until

    def score(self, steps: Sequence[TrainingEvent], rows: Mapping[int, int], at: datetime) -> Scores | None:
        """(N,) for a person with these events at this time; None where there is no event that can be read."""
        read = [step for step in steps if self._reads(step) and step.item_id in rows]
        read = [step for step in read[-2 * self.ranker.length :] if self.items[rows[step.item_id]].any()]
        if not read:
            return None
        person = self.ranker.embed_person(
            self.items[[rows[step.item_id] for step in read]],
            [step.name for step in read],
            [(at - step.at).total_seconds() for step in read],
        )
        return np.asarray(self.items @ person, dtype=np.float32)

    def _reads(self, step: TrainingEvent) -> bool:
        return step.weight > 0 if self._trained_events is None else step.name in self._trained_events


class PipelineScorer:
    """The blend by which one person's lists are ordered, with the weights in use, whatever else is compared."""

    def __init__(self, person: int, library: Library, rows: Mapping[int, int]) -> None:
        self.library, self.rows, self.profile = library, rows, load_profile(person)
        self.has_answered = False
        self._fields: dict[str, BacktestPool] = {}
        self._places: dict[tuple[int, datetime], int] = {}
        for place, event in enumerate(self.profile.history.events):
            self._places.setdefault((event.item_id, event.occurred_at), place)

    def score(self, step: TrainingEvent) -> Scores | None:
        """(N,), no number for works of other kinds. None for an event the profile does not hold, or too many works."""
        place = self._places.get((step.item_id, step.at))
        if place is None or not place:
            return None
        kind = self.profile.history.events[place].kind
        if kind not in self._fields:
            own = np.flatnonzero(self.library.kinds == kind).tolist()
            self._fields[kind] = open_backtest(
                [self.library.ids[row] for row in own] if len(own) <= MOST_SCORED else []
            )
        if not self._fields[kind].pool.items:
            return None
        self.has_answered = True
        found = score_at(self.profile, place, self._fields[kind])
        scores = np.full(len(self.library.ids), np.nan, dtype=np.float32)
        scores[[self.rows[item_id] for item_id in found]] = list(found.values())
        return scores


def measure(compared: Sequence[tuple[SequenceRanker, Mapping[str, str]]]) -> dict[str, Any]:
    """Weights with their `learned_until` -> figures by person, beside popularity and text similarity, as plain JSON."""
    library = load_library()
    contenders = [ModelScorer(ranker, library, learned) for ranker, learned in compared]
    people = load_training_events()
    figures = {str(person): _measure_person(person, steps, library, contenders) for person, steps in people.items()}
    return {
        "at": timezone.now().isoformat(),
        "versions": [contender.version for contender in contenders],
        "people": {person: found for person, found in figures.items() if found},
    }


def measure_current() -> dict[str, Any]:
    """The weights in use and those of last week, or the former ones. Without any, popularity and similarity alone."""
    current, other = ranker_weights.find_current(), baseline_version()
    ranked = [ranker_weights.load_choice(choice) for choice in (current, *([other.choice] if other else []))]
    return measure([(ranker, find_trained_until(ranker.version)) for ranker in ranked if ranker is not None])


def find_trained_until(version: str) -> dict[str, str]:
    row = TrainedRanker.objects.filter(version=version).first()
    found: dict[str, str] = row.metrics.get("learned_until", {}) if row is not None else {}
    return found


def load_library() -> Library:
    """Everything that may be recommended."""
    found = list(Item.objects.filter(is_excluded=False).order_by("pk").values_list("pk", "kind", "popularity"))
    ids = [pk for pk, _, _ in found]
    space = spaces.serving_space(Modality.TEXT)
    text = np.zeros((len(ids), space.dims if space is not None else 1), dtype=np.float32)
    if space is not None:
        rows = {item_id: row for row, item_id in enumerate(ids)}
        for item_id, vector in spaces.read_vectors(space, ids).items():
            text[rows[item_id]] = vector
    kinds = np.array([kind for _, kind, _ in found], dtype=np.str_)
    return Library(ids, kinds, np.array([popularity for *_, popularity in found], dtype=np.float32), text)


def holdout_positions(steps: Sequence[TrainingEvent]) -> list[int]:
    """Places of the last events that can be asked for: taken to, met for the first time, with something before."""
    met: set[int] = set()
    places = []
    for place, step in enumerate(steps):
        if place and step.weight > 0 and step.item_id not in met:
            places.append(place)
        met.add(step.item_id)
    return places[-LAST_EVENTS:]


def _measure_person(
    person: int, steps: Sequence[TrainingEvent], library: Library, contenders: Sequence[ModelScorer]
) -> dict[str, Any]:
    """Empty for too little to ask for."""
    rows = library.rows
    asked = [place for place in holdout_positions(steps) if steps[place].item_id in rows]
    if len(asked) < FEWEST_ASKED:
        return {}
    tallies = {name: RankTally() for name in (POPULARITY, SIMILARITY, LISTS, *(c.version for c in contenders))}
    among = []
    lists = PipelineScorer(person, library, rows)
    for place in asked:
        step, before = steps[place], steps[:place]
        target = rows[step.item_id]
        open_rows = library.kinds == library.kinds[target]
        open_rows[[rows[former.item_id] for former in before if former.item_id in rows]] = False
        among.append(int(open_rows.sum()))
        scored = {POPULARITY: library.popularity, SIMILARITY: _score_similarity(before, library, rows)}
        scored |= {contender.version: contender.score(before, rows, step.at) for contender in contenders}
        scored |= {LISTS: lists.score(step)}
        for name, scores in scored.items():
            tallies[name].ranks.append(_rank(scores, target, open_rows))
            tallies[name].unseen.append(True)
        for contender in contenders:
            tallies[contender.version].unseen[-1] = contender.is_new_to(person, step)
    weights = {contender.version: tallies[contender.version].to_json() for contender in contenders}
    others = {name: tallies[name].to_json() for name in (POPULARITY, SIMILARITY)}
    if lists.has_answered:
        others[LISTS] = tallies[LISTS].to_json()
    return {"events": len(asked), "among": round(float(np.mean(among))), "weights": weights, **others}


def _rank(scores: Scores | None, target: int, open_rows: NDArray[np.bool_]) -> int:
    """Ties and what is no number count against the target: who says nothing must not seem to know."""
    others = int(open_rows.sum()) - 1
    if scores is None:
        return others
    return int((~(scores[open_rows] < scores[target])).sum()) - 1


def _score_similarity(before: Sequence[TrainingEvent], library: Library, rows: Mapping[int, int]) -> Scores | None:
    liked = [rows[step.item_id] for step in before if step.weight > 0 and step.item_id in rows][-SIMILAR_TO:]
    mean = library.text[liked].mean(axis=0) if liked else np.zeros(library.text.shape[1], dtype=np.float32)
    return np.asarray(library.text @ mean, dtype=np.float32) if mean.any() else None


def _embed_items(ranker: SequenceRanker, ids: Sequence[int]) -> Iterator[NDArray[np.float32]]:
    """(n, dims) a chunk, zeros for items without any vector that the weights can read."""
    inputs = item_embeddings.find_inputs(ranker)
    for start in range(0, len(ids), READ_CHUNK):
        part = ids[start : start + READ_CHUNK]
        vectors: dict[str, NDArray[np.float32]] = {}
        present: dict[str, NDArray[np.bool_]] = {}
        for modality, space in inputs.items():
            known = spaces.read_vectors(space, part)
            nothing = np.zeros(space.dims, dtype=np.float32)
            vectors[modality] = np.stack([known.get(item_id, nothing) for item_id in part])
            present[modality] = np.array([item_id in known for item_id in part])
        if not inputs:
            yield np.zeros((len(part), ranker.dims), dtype=np.float32)
            continue
        there = np.any(list(present.values()), axis=0)
        yield ranker.embed_items(vectors, present) * there[:, None]
