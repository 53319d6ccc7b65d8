"""Moods of a query, and the labels, text direction and sound that each stands for.

Text vectors alone do not suffice: opposites occur in the same contexts, so "calm" is near "stress" in the space.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from recommender.items.labels import LabelFrequencies, list_phrases
from recommender.language.lexicon import MOODS, TOPICS
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, RecommendRequest


def _split(words: str) -> frozenset[str]:
    return frozenset(word.strip() for word in words.replace("\n", " ").split(",") if word.strip())


CALM = _split(
    """ambient, calm, calming, serene, relaxing, relaxed, relaxation, peaceful, soothing, meditative, meditation,
    contemplative, gentle, tender, quiet, hushed, still, floating, weightless, beatless, lullaby, pastoral, laid-back,
    mellow, delicate, sparse, intimate, chillout, chill, chill-out, downtempo, new age, sleep, soft, breathing, flowing,
    spacious, bossa nova, slow, slow burn, solo piano, restrained, drifting, dreamy, lounge, nature, countryside,
    unhurried, reflective, minimalist"""
)
LIVELY = _split(
    """energetic, fast, fast-paced, lightning fast, driving, upbeat, uptempo, up-tempo, lively, dance, disco, party,
    techno, rave, house, trance, big beat, drum and bass, electro, edm, funk, groove, galloping, boisterous, ecstatic,
    frantic, kinetic, anthemic, stomp, pulsing, speed, action, loud action, chase, car chases, stunts, screwball, punk,
    thrash, rock and roll, explosive, celebration, running, high-energy"""
)
HARSH = _split(
    """metal, hardcore, post-hardcore, thrash, punk, hard rock, industrial, grunge, noise, noise rock, noisy, loud,
    heavy, doom, sludge, frantic, furious, fury, rage, aggressive, aggression, angry, anger, violent, violence, brutal,
    explosive, intense, distorted, distortion, shouting, screaming, urgent, extreme, speed, feral, volcanic, chaotic,
    chaos, sneering, snarling, raw, wall of guitars, explosions, loud action, gory, gore, battle, menacing, abrasive,
    harsh, wild, rap rock"""
)
TENSE = _split(
    """tense, tension, suspense, suspenseful, thriller, horror, war, harrowing, anxious, anxiety, nervous, restless,
    paranoia, paranoid, stress, stressful, unsettling, disturbing, shocking, terrifying, claustrophobic, manhunt,
    cat and mouse, serial killer, siege, hostage siege, panic, nightmare, nightmarish, ominous, alarm"""
)
CHEERFUL = _split(
    """uplifting, happy, happiness, joyful, joy, joyous, feel-good, cheerful, sunny, bright, hopeful, hope, optimistic,
    heartwarming, playful, celebration, party, ecstatic, whimsical, exuberant, jubilant, carefree, good-natured, upbeat,
    kindness, slapstick, screwball, silly, jolly, buoyant, merry, summer, following a dream, euphoric, generous,
    sing-along"""
)
SAD = _split(
    """sad, sadness, sorrow, sorrowful, melancholy, melancholic, heartbreaking, heartbreak, heartbroken, breakup,
    break-up, grief, grieving, mourning, elegy, elegiac, lament, lonely, loneliness, tragic, tragedy, farewell, regret,
    wistful, longing, doomed, despair, mournful, autumnal, requiem, loss, depression, tearful, solitude, decay"""
)
GLOOMY = _split(
    """dark, bleak, grim, gloomy, brooding, ominous, menacing, gothic, noir, film noir, neo-noir, nordic noir, doom,
    sinister, eerie, haunting, haunted, ghostly, horror, gritty, nihilistic, moral decline, serial killer, unsettling,
    disturbing, harrowing, dystopia, death, nightmare, nightmarish, despair, madness, paranoia, holocaust, occult,
    violent, brutal, cold, icy"""
)
ROMANTIC = _split(
    """romance, romantic, love, love story, tender, sensual, first love, young love, unlikely love, forbidden love,
    unspoken love, ballad, serenade, passion, passionate, longing, intimate, wedding, love song, love songs, slow dance,
    unlikely romance, yearning, devotion"""
)
EPIC = _split(
    """epic, soaring, grand, heroic, colossal, spectacle, triumphant, majestic, sweeping, cinematic, fanfare, crescendo,
    march, marching, battle, thunderous, anthemic"""
)
STRANGE = _split("strange, surreal, absurd, weird, experimental, mind-bending, bizarre, avant-garde, eccentric, quirky")
DREAMY = _split(
    "dreamy, dreamlike, ethereal, floating, hazy, shimmering, weightless, shoegaze, dream pop, lush, cosmic, spacious"
)
AGGRESSIVE = LIVELY | HARSH | TENSE
SOFT_SOUND = {"loudness_db": -1.0, "onsets_per_second": -1.0, "brightness_hz": -0.6, "tempo_bpm": -0.4}
FAST_SOUND = {"loudness_db": 0.6, "onsets_per_second": 1.0, "brightness_hz": 0.4, "tempo_bpm": 0.8}
LOUD_SOUND = {"loudness_db": 1.0, "onsets_per_second": 0.6, "brightness_hz": 0.6}


@dataclass(frozen=True)
class Mood:
    """`fits` and `against` are labels, `lean` is a comparison of `language.comparisons`, and `sound` maps sound
    features to signed weights."""

    fits: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()
    lean: str = ""
    sound: dict[str, float] = field(default_factory=dict)


MOOD_OF: dict[str, Mood] = {
    "calm": Mood(CALM, AGGRESSIVE, "calmer", SOFT_SOUND),
    "quiet": Mood(CALM, AGGRESSIVE, "quieter", SOFT_SOUND),
    "gentle": Mood(CALM | {"kindness", "warm"}, AGGRESSIVE, "gentler", SOFT_SOUND),
    "slow": Mood(CALM, LIVELY | {"frantic", "thrash"}, "slower", {"onsets_per_second": -1.0, "tempo_bpm": -0.8}),
    "cozy": Mood(CHEERFUL | {"warm", "gentle", "tender", "friendship", "family"}, HARSH | TENSE | GLOOMY, "warmer"),
    "sad": Mood(
        SAD,
        CHEERFUL | _split("comic, fast, hardcore, thrash, aggressive, horror"),
        "sadder",
        {"tempo_bpm": -0.5, "brightness_hz": -0.5},
    ),
    "uplifting": Mood(CHEERFUL, SAD | GLOOMY | TENSE | (HARSH - {"loud"}), "happier", {"tempo_bpm": 0.5}),
    "light": Mood(CHEERFUL | {"comedy"}, SAD | GLOOMY | TENSE | HARSH, "lighter"),
    "dark": Mood(GLOOMY, CHEERFUL, "darker", {"brightness_hz": -1.0}),
    "violent": Mood(_split("violent, brutal, gory, gore, bloody, revenge, war"), CALM | CHEERFUL, "more violent"),
    "loud": Mood(HARSH, CALM, "louder", LOUD_SOUND),
    "heavy": Mood(_split("heavy, harrowing, metal, doom, sludge, hard rock"), CALM | CHEERFUL, "louder", LOUD_SOUND),
    "tense": Mood(TENSE, CALM | CHEERFUL, "wilder"),
    "energetic": Mood(LIVELY, CALM | {"sad", "melancholy", "elegy", "drone"}, "faster", FAST_SOUND),
    "strange": Mood(STRANGE, frozenset(), "weirder"),
    "dreamy": Mood(DREAMY, HARSH | TENSE),
    "epic": Mood(EPIC, _split("hushed, minimal, minimalist, minimalism, still, lullaby, slapstick")),
    "romance": Mood(ROMANTIC, HARSH | GLOOMY | TENSE | _split("breakup, break-up"), "more romantic"),
}


def list_moods(text: str) -> list[str]:
    """Moods named in the text, by their names in the lexicon, in order of mention."""
    moods: dict[str, None] = {}
    for phrase in list_phrases(text.lower()):
        concept = (MOODS.get(phrase) or TOPICS.get(phrase) or ("",))[0]
        if concept in MOOD_OF or phrase in MOODS:
            moods[concept] = None
    return list(moods)


def apply_moods(request: RecommendRequest, counts: LabelFrequencies) -> RecommendRequest:
    """The request with labels that fit the moods of its query ranked higher, and opposite labels much lower."""
    moods = list_moods(request.query)
    if not moods:
        return request
    less = find_opposites(request, counts)
    fits = _lexicon_labels(moods).union(*(MOOD_OF[mood].fits for mood in moods if mood in MOOD_OF))
    more = sorted(_find_labelled(fits, counts) - less)
    filters = replace(
        request.filters,
        more_words=tuple(dict.fromkeys((*request.filters.more_words, *more))),
        less_words=tuple(dict.fromkeys((*request.filters.less_words, *sorted(less)))),
    )
    return replace(request, filters=filters)


def find_opposites(request: RecommendRequest, counts: LabelFrequencies) -> frozenset[str]:
    """Labels of the library that are the opposite of the moods in the query.

    Labels the request names are kept: "calm metal" asks for metal.
    """
    moods = list_moods(request.query)
    definitions = [MOOD_OF[mood] for mood in moods if mood in MOOD_OF]
    if not definitions:
        return frozenset()
    requested = {word.lower() for word in (*request.filters.any_words, *request.filters.all_words)}
    against = (
        frozenset[str]().union(*(mood.against for mood in definitions)).difference(*(mood.fits for mood in definitions))
    )
    return _find_labelled(against - requested, counts) - requested - _lexicon_labels(moods)


def leave_out_opposites(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], request: RecommendRequest, counts: LabelFrequencies
) -> Sequence[Candidate]:
    """Candidates without labels opposite to the mood; all of them if fewer than the requested number would remain."""
    opposites = find_opposites(request, counts)
    fitting = [candidate for candidate in candidates if opposites.isdisjoint(items[candidate.item_id].labels)]
    return fitting if len(fitting) >= request.limit else candidates


def _lexicon_labels(moods: Iterable[str]) -> frozenset[str]:
    """Labels that the lexicon lists under these moods."""
    return frozenset(word for mood in moods for word in MOODS.get(mood, (mood,)))


def _find_labelled(words: Iterable[str], counts: LabelFrequencies) -> frozenset[str]:
    """Labels of the library that equal one of these words or contain it whole: "heavy blues" contains "heavy"."""
    return frozenset[str]().union(*(counts.by_phrase.get(word, frozenset()) for word in words))
