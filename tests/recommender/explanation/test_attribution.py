"""Leave-one-out attribution: the score is recomputed without a cause."""

from __future__ import annotations

import numpy as np
import pytest

from mediarec.library.interactions import record_interaction
from mediarec.library.models import Person
from recommender import pipeline
from recommender.candidate_scoring import load_context, score_pool
from recommender.ranking.novelty import NOVELTY
from recommender.ranking.ranker import RankedPool
from recommender.ranking.score_breakdown import ScoreBreakdown
from recommender.ranking.scoring import Weights, blend
from recommender.taste import statement_editing
from recommender.types import EvidenceType, RecommendRequest
from tests.people import make_ana, make_library


def rank(person: Person, novelty: float = 0.7) -> RankedPool:
    request = RecommendRequest(person.pk, novelty=novelty)
    return score_pool(load_context(request)).ranked


@pytest.mark.django_db
@pytest.mark.parametrize("novelty", [0.0, 0.3, 0.9])
def test_a_recomputed_score_is_the_same(novelty: float) -> None:
    make_library()
    ranked = rank(make_ana(), novelty)
    lifted = novelty > NOVELTY.neutral  # what is unusual then gains something that is no feature
    plain = [c for c in ranked.candidates if not (lifted and "explore" in c.sources)]
    scores = {c.item_id: c.score for c in plain if 0 < c.score < 1}
    again = {i: ledger.score(i, {}) for ledger in ranked.breakdowns.values() for i in ledger.rows if i in scores}
    assert len(again) >= (3 if lifted else 20)
    assert list(again.values()) == pytest.approx([scores[item_id] for item_id in again], abs=1e-5)


def test_a_share_is_the_loss_over_the_positive_part_of_the_score() -> None:
    columns = {
        "taste": np.array([0.1, 0.5, 0.9], dtype=np.float32),
        "credits": np.array([0.0, 0.0, 3.0], dtype=np.float32),
        "more": np.array([0.0, 0.0, 1.0], dtype=np.float32),
        "less": np.array([0.0, 0.0, 1.0], dtype=np.float32),
    }
    weights = Weights(taste=1.0, credits=1.0, more=1.0, less=-3.0)
    ledger = ScoreBreakdown(columns, weights, {7: 0, 8: 1, 9: 2}, blend(columns, weights))
    taste, credits = 1.2247 / np.sqrt(2), 1.4142 / np.sqrt(2)  # deviations from the mean, over the norm of both weights
    praise = taste + credits + 1.0  # what speaks against it takes nothing away
    assert ledger.contribution(9, {"taste": float("nan")}) == pytest.approx(taste / praise, abs=1e-3)
    assert ledger.contribution(9, {"credits": 0.0}) == pytest.approx(credits / praise, abs=1e-3)
    assert ledger.contribution(9, {"more": 0.0}) == pytest.approx(1.0 / praise, abs=1e-3)
    assert ledger.contribution(7, {"taste": float("nan")}) is None, "what pulls down is no reason for"
    assert ledger.contribution(9, {}) is None
    assert ledger.contribution(1, {"taste": 0.0}) is None


@pytest.mark.django_db
def test_every_share_is_between_zero_and_one_and_label_causes_have_one() -> None:
    make_library()
    ana = make_ana()
    shown = pipeline.recommend(RecommendRequest(ana.pk, limit=10)).items
    causes = [cause for line in shown for cause in line.evidence]
    shares = [cause.share for cause in causes if cause.share is not None]
    assert shares
    assert all(0.01 <= share <= 1 for share in shares)
    slow = next(line for line in shown if line.title.startswith("Slow Film"))
    assert any(cause.type == EvidenceType.TAG and cause.share for cause in slow.evidence)


@pytest.mark.django_db
def test_a_stated_sentence_has_a_share_until_it_is_removed() -> None:
    items = make_library()
    ana = make_ana()
    record_interaction(ana.pk, items["Loud Song 1"].pk, "liked")
    row = statement_editing.add_statement(ana.pk, "gentle piano")
    soft = items["Soft Song 5"].pk
    told = [cause for cause in pipeline.explain_item(ana.pk, soft) if cause.type == EvidenceType.STATEMENT]
    assert told
    assert told[0].share is not None
    statement_editing.delete_statement(ana.pk, row.pk)
    assert not [cause for cause in pipeline.explain_item(ana.pk, soft) if cause.type == EvidenceType.STATEMENT]
