"""Hold-out evaluation of the weights on each person's latest positive events. Knows no torch, no page, no training.

Each of the last events is predicted from the events before it, among all items of its kind that are new to the person.
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
from recommender.finetuning.accuracy import LAST_EVENTS, LISTS, MIN_TARGETS, POPULARITY, SIMILARITY
from recommender.finetuning.backtest import BacktestPool, open_backtest, score_at
from recommender.finetuning.training_data import TrainingEvent, load_training_events
from recommender.finetuning.versions import baseline_version
from recommender.metrics import hit_rate, ndcg, reciprocal_rank
from recommender.models import Modality, TrainedRanker
from recommender.sequence.serving import SequenceRanker
from recommender.taste.profile import load_profile
from recommender.vectors import spaces

READ_CHUNK = 2048
MOST_SCORED = 10_000  # items of one kind for which the whole pipeline is measured; a hundred thousand take minutes
SIMILAR_TO = 30  # latest liked items whose mean text vector is the similarity baseline
Scores = NDArray[np.float32]


@dataclass
class RankTally:
    """Ranks from 0 of held-out events, and whether each was unseen in training."""

    ranks: list[int] = field(default_factory=list)
    unseen: list[bool] = field(default_factory=list)

    def to_json(self) -> dict[str, float | int]:
        ranks, unseen = np.array(self.ranks), np.array(self.unseen, dtype=bool)
        hits = hit_rate(ranks)
        return {
            "hits": int(hits.sum()),
            "hr@10": round(float(hits.mean()), 4),
            "ndcg@10": round(float(ndcg(ranks).mean()), 4),
            "mrr": round(float(reciprocal_rank(ranks).mean()), 4),
            "unseen_events": int(unseen.sum()),
            "unseen_hits": int(hits[unseen].sum()),
        }


@dataclass(frozen=True)
class Library:
    """All items that may be recommended, in one order; `popularity` (N,), `text` (N, dims), zeros where unknown."""

    ids: list[int]
    kinds: NDArray[np.str_]
    popularity: Scores
    text: Scores

    @property
    def rows(self) -> dict[int, int]:
        return {item_id: row for row, item_id in enumerate(self.ids)}


class ModelScorer:
    """Weights with the library's item vectors. `learned_until` is the time of each person's last training event."""

    def __init__(self, ranker: SequenceRanker, library: Library, learned_until: Mapping[str, str]) -> None:
        self.ranker, self.version = ranker, ranker.version
        self.items = np.concatenate([np.zeros((0, ranker.dims), np.float32), *_embed_items(ranker, library.ids)])
        self._trained_events = ranker.facts.get("trained_events")
        self._learned_until = {int(person): datetime.fromisoformat(at) for person, at in learned_until.items()}

    def is_new_to(self, person_id: int, step: TrainingEvent) -> bool:
        until = self._learned_until.get(person_id)
        return until is None or step.at > until

    def score(self, steps: Sequence[TrainingEvent], rows: Mapping[int, int], at: datetime) -> Scores | None:
        """(N,) scores for a person with these events at time `at`; None without an event that the weights know."""
        readable = [step for step in steps if self._is_readable(step) and step.item_id in rows]
        readable = [step for step in readable[-2 * self.ranker.length :] if self.items[rows[step.item_id]].any()]
        if not readable:
            return None
        person = self.ranker.embed_person(
            self.items[[rows[step.item_id] for step in readable]],
            [step.name for step in readable],
            [(at - step.at).total_seconds() for step in readable],
        )
        return np.asarray(self.items @ person, dtype=np.float32)

    def _is_readable(self, step: TrainingEvent) -> bool:
        return step.weight > 0 if self._trained_events is None else step.name in self._trained_events


class PipelineScorer:
    """Scores by the whole ranking of one person's lists, with the weights in use."""

    def __init__(self, person: int, library: Library, rows: Mapping[int, int]) -> None:
        self.library, self.rows, self.profile = library, rows, load_profile(person)
        self.has_answered = False
        self._pools: dict[str, BacktestPool] = {}
        self._positions: dict[tuple[int, datetime], int] = {}
        for position, event in enumerate(self.profile.history.events):
            self._positions.setdefault((event.item_id, event.occurred_at), position)

    def score(self, step: TrainingEvent) -> Scores | None:
        """(N,) scores, NaN for items of other kinds. None for an event outside the profile, or too many items."""
        position = self._positions.get((step.item_id, step.at))
        if position is None or not position:
            return None
        kind = self.profile.history.events[position].kind
        if kind not in self._pools:
            of_kind = np.flatnonzero(self.library.kinds == kind).tolist()
            self._pools[kind] = open_backtest(
                [self.library.ids[row] for row in of_kind] if len(of_kind) <= MOST_SCORED else []
            )
        if not self._pools[kind].pool.items:
            return None
        self.has_answered = True
        score_by_id = score_at(self.profile, position, self._pools[kind])
        scores = np.full(len(self.library.ids), np.nan, dtype=np.float32)
        scores[[self.rows[item_id] for item_id in score_by_id]] = list(score_by_id.values())
        return scores


def evaluate_rankers(compared: Sequence[tuple[SequenceRanker, Mapping[str, str]]]) -> dict[str, Any]:
    """Weights with their `learned_until` -> figures by person as plain JSON, with popularity and text similarity."""
    library = load_library()
    contenders = [ModelScorer(ranker, library, learned) for ranker, learned in compared]
    people = load_training_events()
    figures = {str(person): _measure_person(person, steps, library, contenders) for person, steps in people.items()}
    return {
        "at": timezone.now().isoformat(),
        "versions": [contender.version for contender in contenders],
        "people": {person: entry for person, entry in figures.items() if entry},
    }


def evaluate_current() -> dict[str, Any]:
    """Measures the current weights and the baseline version; without weights only popularity and similarity."""
    current, other = ranker_weights.find_current(), baseline_version()
    ranked = [ranker_weights.load_choice(choice) for choice in (current, *([other.choice] if other else []))]
    return evaluate_rankers([(ranker, find_trained_until(ranker.version)) for ranker in ranked if ranker is not None])


def find_trained_until(version: str) -> dict[str, str]:
    row = TrainedRanker.objects.filter(version=version).first()
    trained_until: dict[str, str] = row.metrics.get("learned_until", {}) if row is not None else {}
    return trained_until


def load_library() -> Library:
    """All items that are not excluded."""
    items = list(Item.objects.filter(is_excluded=False).order_by("pk").values_list("pk", "kind", "popularity"))
    ids = [pk for pk, _, _ in items]
    space = spaces.serving_space(Modality.TEXT)
    text = np.zeros((len(ids), space.dims if space is not None else 1), dtype=np.float32)
    if space is not None:
        rows = {item_id: row for row, item_id in enumerate(ids)}
        for item_id, vector in spaces.read_vectors(space, ids).items():
            text[rows[item_id]] = vector
    kinds = np.array([kind for _, kind, _ in items], dtype=np.str_)
    return Library(ids, kinds, np.array([popularity for *_, popularity in items], dtype=np.float32), text)


def holdout_positions(steps: Sequence[TrainingEvent]) -> list[int]:
    """Indices of the last events used as targets: positive, the first with their item, not the first of all."""
    seen: set[int] = set()
    positions = []
    for position, step in enumerate(steps):
        if position and step.weight > 0 and step.item_id not in seen:
            positions.append(position)
        seen.add(step.item_id)
    return positions[-LAST_EVENTS:]


def _measure_person(
    person: int, steps: Sequence[TrainingEvent], library: Library, contenders: Sequence[ModelScorer]
) -> dict[str, Any]:
    """Figures of every ranking method; empty with fewer than `FEWEST_ASKED` targets."""
    rows = library.rows
    targets = [position for position in holdout_positions(steps) if steps[position].item_id in rows]
    if len(targets) < MIN_TARGETS:
        return {}
    tallies = {name: RankTally() for name in (POPULARITY, SIMILARITY, LISTS, *(c.version for c in contenders))}
    candidate_counts = []
    lists = PipelineScorer(person, library, rows)
    for position in targets:
        step, before = steps[position], steps[:position]
        target = rows[step.item_id]
        is_candidate = library.kinds == library.kinds[target]
        is_candidate[[rows[former.item_id] for former in before if former.item_id in rows]] = False
        candidate_counts.append(int(is_candidate.sum()))
        scored = {POPULARITY: library.popularity, SIMILARITY: _score_similarity(before, library, rows)}
        scored |= {contender.version: contender.score(before, rows, step.at) for contender in contenders}
        scored |= {LISTS: lists.score(step)}
        for name, scores in scored.items():
            tallies[name].ranks.append(_rank(scores, target, is_candidate))
            tallies[name].unseen.append(True)
        for contender in contenders:
            tallies[contender.version].unseen[-1] = contender.is_new_to(person, step)
    weights = {contender.version: tallies[contender.version].to_json() for contender in contenders}
    others = {name: tallies[name].to_json() for name in (POPULARITY, SIMILARITY)}
    if lists.has_answered:
        others[LISTS] = tallies[LISTS].to_json()
    return {"events": len(targets), "among": round(float(np.mean(candidate_counts))), "weights": weights, **others}


def _rank(scores: Scores | None, target: int, is_candidate: NDArray[np.bool_]) -> int:
    """Rank from 0 of the target; ties and NaN count against it, so that constant scores do not look good."""
    others = int(is_candidate.sum()) - 1
    if scores is None:
        return others
    return int((~(scores[is_candidate] < scores[target])).sum()) - 1


def _score_similarity(before: Sequence[TrainingEvent], library: Library, rows: Mapping[int, int]) -> Scores | None:
    liked = [rows[step.item_id] for step in before if step.weight > 0 and step.item_id in rows][-SIMILAR_TO:]
    mean = library.text[liked].mean(axis=0) if liked else np.zeros(library.text.shape[1], dtype=np.float32)
    return np.asarray(library.text @ mean, dtype=np.float32) if mean.any() else None


def _embed_items(ranker: SequenceRanker, ids: Sequence[int]) -> Iterator[NDArray[np.float32]]:
    """Yields chunks of (n, dims), zeros for items without any vector that the weights can read."""
    inputs = item_embeddings.find_inputs(ranker)
    for start in range(0, len(ids), READ_CHUNK):
        part = ids[start : start + READ_CHUNK]
        vectors: dict[str, NDArray[np.float32]] = {}
        present: dict[str, NDArray[np.bool_]] = {}
        for modality, space in inputs.items():
            by_item = spaces.read_vectors(space, part)
            zeros = np.zeros(space.dims, dtype=np.float32)
            vectors[modality] = np.stack([by_item.get(item_id, zeros) for item_id in part])
            present[modality] = np.array([item_id in by_item for item_id in part])
        if not inputs:
            yield np.zeros((len(part), ranker.dims), dtype=np.float32)
            continue
        is_present = np.any(list(present.values()), axis=0)
        yield ranker.embed_items(vectors, present) * is_present[:, None]
