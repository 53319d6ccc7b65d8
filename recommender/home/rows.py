"""The rows of the home page, from one pool of candidates and one reading of their facts. Knows no pages."""

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
    WIDER,
    InterestAssignment,
    assign_candidates,
    lengthen,
    list_interest_rows,
    pick_in_proportion,
)
from recommender.items.media_types import MEDIUM_OF, MEDIUM_TITLES, Medium
from recommender.models import Modality
from recommender.ranking.diversity import DiversitySettings, leave_out, select_diverse
from recommender.ranking.novelty import widen
from recommender.ranking.ranker import RankedPool
from recommender.retrieval.pool import HOME_SOURCES
from recommender.taste.person_interests import load_interests
from recommender.taste.profile import Profile
from recommender.types import Candidate, Filters, RecommendRequest, Slate
from recommender.vectors import spaces
from recommender.vectors.cache import load_cached_vectors

ROW_LENGTH = 10
SOURCE_LIMIT = 24  # candidates per source and medium: two rows' worth and more; 40 cost a quarter more time
MAX_SEED_ROWS = 3
MIN_SEED_ROW = 3  # a shelf "because you finished X" with two things on it is no shelf
SEED_CANDIDATES = 40
SEED_OWN_SHARE = 0.85  # of a shelf about a film, for films
MIN_SEED_COSINE = 0.4
COLD_SPREAD = DiversitySettings(relevance=0.6, genre_share=0.25)


@dataclass(frozen=True)
class HomeRow:
    """One shelf of the home page; `key` is stable, for links and tests."""

    key: str
    title: str
    subtitle: str
    slate: Slate


@dataclass(frozen=True)
class RowPlan:
    """A row being filled: who may stand on it, and how the media share it."""

    key: str
    title: str
    subtitle: str
    candidates: Sequence[Candidate]
    shares: Mapping[Medium, float]
    seed_id: int | None = None
    least: int = 1  # with less it is no shelf
    division: InterestAssignment | None = None


EQUAL_SHARES: Mapping[Medium, float] = dict.fromkeys(Medium, 1.0)


def build_home(person_id: int, ownership: Ownership = Ownership.ANY) -> list[HomeRow]:
    """Rows in the order of the page. No item stands on two of them, and an empty row is left out."""
    novelty = Person.objects.values_list("novelty", flat=True).get(pk=person_id)
    request = RecommendRequest(person_id, Filters(ownership=ownership), novelty=novelty, limit=ROW_LENGTH)
    context = load_context(request)
    near = _find_near_seeds(list_seeds(context.profile))
    extra = [Candidate(item_id, "", {"seed": 1.0}) for cosines in near.values() for item_id in cosines]
    scored = score_pool(context, HOME_SOURCES, SOURCE_LIMIT, extra)
    rows = _plan_cold_rows(scored) if context.profile.is_cold else _plan_rows(scored, near)
    return _fill(rows, scored)


def _find_near_seeds(seeds: Sequence[int]) -> dict[int, dict[int, float]]:
    """For each seed the cosine of what is near it."""
    vectors = load_cached_vectors(spaces.serving_space(Modality.TEXT), seeds)
    present = [seed for seed in seeds if seed in vectors]
    answers = spaces.nearest_each(Modality.TEXT, [vectors[seed] for seed in present], SEED_CANDIDATES)
    return {
        seed: {item_id: cosine for item_id, cosine in answer if cosine >= MIN_SEED_COSINE}
        for seed, answer in zip(present, answers, strict=True)
    }


def list_seeds(profile: Profile) -> list[int]:
    """The last distinct things finished, liked or rated well, then played; one per album or series."""
    praise = profile.history.positive_signal
    ordered = sorted(profile.history.positive_ids, key=lambda i: praise.get(i) == "played")  # stable: newest first
    seeds: list[int] = []
    families: set[int] = set()
    for item_id in ordered:
        detail = profile.details.get(item_id)
        if detail is None or item_id not in praise:
            continue
        family = detail.parent_id or item_id
        if family not in families:
            families.add(family)
            seeds.append(item_id)
        if len(seeds) == MAX_SEED_ROWS:
            break
    return seeds


def _plan_rows(scored: ScoredPool, near: Mapping[int, Mapping[int, float]]) -> list[RowPlan]:
    ranked, profile = scored.ranked, scored.context.profile
    everything = ranked.candidates
    own = load_interests(profile, scored.context.person)
    division = assign_candidates(ranked, own)
    named = list_interest_rows(ranked, scored.pool.items, profile, own, division)
    spoken_for = {shelf.instead_of for shelf in named}
    across = "Across everything, by what you took to"
    shelves = [RowPlan("for-you", "For you", across, everything, profile.shares, division=division)]
    shelves += [RowPlan(n.key, n.title, n.subtitle, n.candidates, n.shares, least=MIN_SEED_ROW) for n in named]
    shelves += [
        RowPlan(medium.value, title, "Picked for you", _of_medium(everything, medium), EQUAL_SHARES)
        for medium, title in MEDIUM_TITLES.items()
        if medium not in spoken_for
    ]
    shelves += [_plan_seed_row(seed, ranked, profile, cosines) for seed, cosines in near.items()]
    different = _from_source(everything, "explore")
    return [
        *shelves,
        RowPlan("new", "New here", "Last to come into the library", _from_source(everything, "fresh"), profile.shares),
        RowPlan("different", "Something different", "Away from what you usually choose", different, EQUAL_SHARES),
    ]


def _plan_cold_rows(scored: ScoredPool) -> list[RowPlan]:
    """For somebody with no history: what is widely known, said as that, or a plain mix where not even that is known."""
    something_is_known = any(item.popularity > 0 for item in scored.pool.items.values())
    title, subtitle = ("Popular here", "What many people know, until we know you better")
    if not something_is_known:
        title, subtitle = ("From the library", "A mix of everything, until we know you better")
    word = "Popular: " if something_is_known else "A mix: "
    everything = scored.ranked.candidates
    return [
        RowPlan("popular", title, subtitle, everything, EQUAL_SHARES),
        RowPlan("new", "New here", "Last to come into the library", _from_source(everything, "fresh"), EQUAL_SHARES),
        *(
            RowPlan(m.value, f"{word}{name.lower()}", "Not yet by your taste", _of_medium(everything, m), EQUAL_SHARES)
            for m, name in MEDIUM_TITLES.items()
        ),
    ]


def _plan_seed_row(seed: int, ranked: RankedPool, profile: Profile, cosines: Mapping[int, float]) -> RowPlan:
    """Ordered by nearness to the seed first; the person's taste decides between neighbours."""
    history = profile.history
    found = [
        Candidate(c.item_id, c.kind, c.sources, _score_near(cosines[c.item_id], c.score))
        for c in ranked.candidates
        if cosines.get(c.item_id, 0.0) >= MIN_SEED_COSINE
    ]
    own = MEDIUM_OF[history.kinds[seed]]
    shares = {m: SEED_OWN_SHARE if m == own else (1 - SEED_OWN_SHARE) / 2 for m in Medium}
    done = name_action(history.positive_signal[seed], history.kinds[seed])
    title = f"Because you {done} {history.titles[seed]}"
    return RowPlan(f"because-{seed}", title, "Close to it in what it is about", found, shares, seed, least=MIN_SEED_ROW)


def _score_near(cosine: float, score: float) -> float:
    return 0.75 * (cosine - MIN_SEED_COSINE) / (1 - MIN_SEED_COSINE) + 0.25 * score


def _fill(shelves: Sequence[RowPlan], scored: ScoredPool) -> list[HomeRow]:
    request = scored.context.request
    used: set[int] = set()
    filled: list[tuple[RowPlan, list[Candidate]]] = []
    spread = COLD_SPREAD if scored.context.profile.is_cold else widen(DiversitySettings(), request.novelty)
    for shelf in shelves:
        free = leave_out(shelf.candidates, used)
        row = _pick(shelf, free, scored, spread)
        if len(row) >= shelf.least:
            used.update(c.item_id for c in row)
            filled.append((shelf, row))
    explainer = open_explainer(scored, used)
    return [
        HomeRow(
            shelf.key,
            shelf.title,
            shelf.subtitle,
            Slate(
                uuid4(),
                replace(request, surface=f"home:{shelf.key}"[:30]),
                scored.ranked.ranker,
                explainer.describe(row, shelf.seed_id),
            ),
        )
        for shelf, row in filled
    ]


def _pick(shelf: RowPlan, free: Sequence[Candidate], scored: ScoredPool, spread: DiversitySettings) -> list[Candidate]:
    items, vectors = scored.pool.items, scored.ranked.vectors
    if shelf.division is None or not shelf.division.place_of:
        return select_diverse(free, items, vectors, ROW_LENGTH, shelf.shares, spread)
    long_row = select_diverse(free, items, vectors, WIDER * ROW_LENGTH, shelf.shares, lengthen(spread))
    return pick_in_proportion(long_row, free, ROW_LENGTH, shelf.division)


def _of_medium(candidates: Sequence[Candidate], medium: Medium) -> list[Candidate]:
    return [c for c in candidates if MEDIUM_OF[c.kind] == medium]


def _from_source(candidates: Sequence[Candidate], name: str) -> list[Candidate]:
    return [c for c in candidates if name in c.sources]
