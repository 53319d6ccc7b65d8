"""The rows of the home page, all from one scored pool. Knows no pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from mediarec.library.models import Person
from mediarec.library.ownership import Ownership
from recommender.candidate_scoring import ScoredPool, load_context, score_pool
from recommender.explanation.explainer import open_explainer
from recommender.explanation.templates import name_action
from recommender.home.interest_rows import (
    LONG_ROW_FACTOR,
    InterestAssignment,
    assign_candidates,
    calibrate_row,
    list_interest_rows,
    scale_caps,
)
from recommender.items.media_types import MEDIUM_OF, MEDIUM_TITLES, Medium
from recommender.models import Modality
from recommender.ranking.diversity import DiversitySettings, leave_out, select_diverse
from recommender.ranking.novelty import increase_diversity
from recommender.ranking.ranker import RankedPool
from recommender.retrieval.pool import HOME_SOURCES
from recommender.taste.person_interests import load_interests
from recommender.taste.profile import Profile
from recommender.types import Candidate, Filters, RecommendRequest, Slate
from recommender.vectors import spaces
from recommender.vectors.cache import load_cached_vectors

ROW_LENGTH = 10
SOURCE_LIMIT = 24  # candidates per source and medium, enough for two rows; 40 take a quarter longer
MAX_SEED_ROWS = 3
MIN_SEED_ROW = 3  # a row "because you finished X" with fewer items is dropped
SEED_CANDIDATES = 40
SEED_OWN_SHARE = 0.85  # share of the seed's own medium in its row
MIN_SEED_COSINE = 0.4
COLD_SPREAD = DiversitySettings(relevance=0.6, genre_share=0.25)


@dataclass(frozen=True)
class HomeRow:
    """One row of the home page; `key` is stable, for links and tests."""

    key: str
    title: str
    subtitle: str
    slate: Slate


@dataclass(frozen=True)
class RowPlan:
    """A row before selection: its candidates, and each medium's share of it."""

    key: str
    title: str
    subtitle: str
    candidates: Sequence[Candidate]
    shares: Mapping[Medium, float]
    seed_id: int | None = None
    least: int = 1  # with fewer items the row is dropped
    division: InterestAssignment | None = None


EQUAL_SHARES: Mapping[Medium, float] = dict.fromkeys(Medium, 1.0)


def build_home(person_id: int, ownership: Ownership = Ownership.ANY) -> list[HomeRow]:
    """Rows in the order of the page. No item is in two rows; empty rows are dropped."""
    novelty = Person.objects.values_list("novelty", flat=True).get(pk=person_id)
    request = RecommendRequest(person_id, Filters(ownership=ownership), novelty=novelty, limit=ROW_LENGTH)
    context = load_context(request)
    cosines_by_seed = _find_near_seeds(list_seeds(context.profile))
    extra = [Candidate(item_id, "", {"seed": 1.0}) for cosines in cosines_by_seed.values() for item_id in cosines]
    scored = score_pool(context, HOME_SOURCES, SOURCE_LIMIT, extra)
    rows = _plan_cold_rows(scored) if context.profile.is_cold else _plan_rows(scored, cosines_by_seed)
    return _fill(rows, scored)


def _find_near_seeds(seeds: Sequence[int]) -> dict[int, dict[int, float]]:
    """The nearest neighbours of each seed: seed -> item -> cosine, down to MIN_SEED_COSINE."""
    vectors = load_cached_vectors(spaces.serving_space(Modality.TEXT), seeds)
    embedded = [seed for seed in seeds if seed in vectors]
    neighbour_lists = spaces.nearest_each(Modality.TEXT, [vectors[seed] for seed in embedded], SEED_CANDIDATES)
    return {
        seed: {item_id: cosine for item_id, cosine in neighbours if cosine >= MIN_SEED_COSINE}
        for seed, neighbours in zip(embedded, neighbour_lists, strict=True)
    }


def list_seeds(profile: Profile) -> list[int]:
    """The newest items finished, liked or rated well, then those played; one per album or series."""
    signals = profile.history.positive_signal
    ordered = sorted(profile.history.positive_ids, key=lambda i: signals.get(i) == "played")  # stable: newest first
    seeds: list[int] = []
    families: set[int] = set()
    for item_id in ordered:
        detail = profile.details.get(item_id)
        if detail is None or item_id not in signals:
            continue
        family = detail.parent_id or item_id
        if family not in families:
            families.add(family)
            seeds.append(item_id)
        if len(seeds) == MAX_SEED_ROWS:
            break
    return seeds


def _plan_rows(scored: ScoredPool, cosines_by_seed: Mapping[int, Mapping[int, float]]) -> list[RowPlan]:
    ranked, profile = scored.ranked, scored.context.profile
    candidates = ranked.candidates
    interests = load_interests(profile, scored.context.person)
    assignment = assign_candidates(ranked, interests)
    interest_rows = list_interest_rows(ranked, scored.pool.items, profile, interests, assignment)
    replaced = {row.instead_of for row in interest_rows}
    subtitle = "Across everything, by what you took to"
    plans = [RowPlan("for-you", "For you", subtitle, candidates, profile.shares, division=assignment)]
    plans += [RowPlan(r.key, r.title, r.subtitle, r.candidates, r.shares, least=MIN_SEED_ROW) for r in interest_rows]
    plans += [
        RowPlan(medium.value, title, "Picked for you", _of_medium(candidates, medium), EQUAL_SHARES)
        for medium, title in MEDIUM_TITLES.items()
        if medium not in replaced
    ]
    plans += [_plan_seed_row(seed, ranked, profile, cosines) for seed, cosines in cosines_by_seed.items()]
    unfamiliar = _from_source(candidates, "explore")
    return [
        *plans,
        RowPlan("new", "New here", "Last to come into the library", _from_source(candidates, "fresh"), profile.shares),
        RowPlan("different", "Something different", "Away from what you usually choose", unfamiliar, EQUAL_SHARES),
    ]


def _plan_cold_rows(scored: ScoredPool) -> list[RowPlan]:
    """Cold start: popular items, labelled so, or a mix of everything where no popularity is known."""
    has_popularity = any(item.popularity > 0 for item in scored.pool.items.values())
    title, subtitle = ("Popular here", "What many people know, until we know you better")
    if not has_popularity:
        title, subtitle = ("From the library", "A mix of everything, until we know you better")
    prefix = "Popular: " if has_popularity else "A mix: "
    candidates = scored.ranked.candidates
    return [
        RowPlan("popular", title, subtitle, candidates, EQUAL_SHARES),
        RowPlan("new", "New here", "Last to come into the library", _from_source(candidates, "fresh"), EQUAL_SHARES),
        *(
            RowPlan(
                m.value, f"{prefix}{name.lower()}", "Not yet by your taste", _of_medium(candidates, m), EQUAL_SHARES
            )
            for m, name in MEDIUM_TITLES.items()
        ),
    ]


def _plan_seed_row(seed: int, ranked: RankedPool, profile: Profile, cosines: Mapping[int, float]) -> RowPlan:
    """Candidates near the seed, scored mostly by cosine to it and partly by the person's own ranking."""
    history = profile.history
    neighbours = [
        Candidate(c.item_id, c.kind, c.sources, _score_near(cosines[c.item_id], c.score))
        for c in ranked.candidates
        if cosines.get(c.item_id, 0.0) >= MIN_SEED_COSINE
    ]
    medium = MEDIUM_OF[history.kinds[seed]]
    shares = {m: SEED_OWN_SHARE if m == medium else (1 - SEED_OWN_SHARE) / 2 for m in Medium}
    action = name_action(history.positive_signal[seed], history.kinds[seed])
    title = f"Because you {action} {history.titles[seed]}"
    return RowPlan(
        f"because-{seed}", title, "Close to it in what it is about", neighbours, shares, seed, least=MIN_SEED_ROW
    )


def _score_near(cosine: float, score: float) -> float:
    return 0.75 * (cosine - MIN_SEED_COSINE) / (1 - MIN_SEED_COSINE) + 0.25 * score


def _fill(plans: Sequence[RowPlan], scored: ScoredPool) -> list[HomeRow]:
    request = scored.context.request
    used: set[int] = set()
    selections: list[tuple[RowPlan, list[Candidate]]] = []
    spread = COLD_SPREAD if scored.context.profile.is_cold else increase_diversity(DiversitySettings(), request.novelty)
    for plan in plans:
        unused = leave_out(plan.candidates, used)
        row = _pick(plan, unused, scored, spread)
        if len(row) >= plan.least:
            used.update(c.item_id for c in row)
            selections.append((plan, row))
    explainer = open_explainer(scored, used)
    return [
        HomeRow(
            plan.key,
            plan.title,
            plan.subtitle,
            Slate(
                uuid4(),
                replace(request, surface=f"home:{plan.key}"[:30]),
                scored.ranked.ranker,
                explainer.describe(row, plan.seed_id),
            ),
        )
        for plan, row in selections
    ]


def _pick(
    plan: RowPlan, candidates: Sequence[Candidate], scored: ScoredPool, spread: DiversitySettings
) -> list[Candidate]:
    items, vectors = scored.pool.items, scored.ranked.vectors
    if plan.division is None or not plan.division.interest_of:
        return select_diverse(candidates, items, vectors, ROW_LENGTH, plan.shares, spread)
    long_row = select_diverse(candidates, items, vectors, LONG_ROW_FACTOR * ROW_LENGTH, plan.shares, scale_caps(spread))
    return calibrate_row(long_row, candidates, ROW_LENGTH, plan.division)


def _of_medium(candidates: Sequence[Candidate], medium: Medium) -> list[Candidate]:
    return [c for c in candidates if MEDIUM_OF[c.kind] == medium]


def _from_source(candidates: Sequence[Candidate], name: str) -> list[Candidate]:
    return [c for c in candidates if name in c.sources]
