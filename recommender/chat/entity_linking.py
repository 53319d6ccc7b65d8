"""Finding titles and people a sentence mentions. Reads the catalogue; only what is in it can be found."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Max, Q
from rapidfuzz import fuzz, process

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor, Item
from recommender.caching import TTLCache
from recommender.language.lexicon import KINDS, LANGUAGES, MOODS, ORDINALS, STOP_WORDS, TOPICS

LONGEST_NAME_WORDS = 7
LONGEST_PERSON_WORDS = 4
SAME_TITLE = 84  # of 100: a slip of the keyboard; below it is offered as a question, never taken for what was meant
NEAR_TITLE = 60
NEAREST_OFFERED = 3
NEARLY = 75
SHORTEST_TELLING = 4  # letters
REMEMBERED_SECONDS = 300.0
TITLE_LEAD = re.compile(
    r"\b(?:like|similar to|in the (?:style|vein|spirit) of|as good as|reminds? me of|along the lines of|after|than"
    r"|(?:i|we|you)(?: really| just)? (?:loved|liked|enjoyed|watched|saw|finished)|more of"
    r"|why (?:is there no|no|isn['’]?t|wasn['’]?t))\s+",
    re.IGNORECASE,
)
REFUSED_LEAD = re.compile(r"\b(?:but not|not|except|no)\s+(?=[A-Z“\"])")
# Said of a work; "I hate horror" is left to the genres, since everyday words name no title.
DISLIKED_LEAD = re.compile(
    r"\b(?:i|we)(?:['’]ve| have)?(?: really| just| absolutely| also)* (?:hated|loathed|disliked"
    r"|(?:didn['’]?t|did not|couldn['’]?t|could not) (?:really )?(?:like|enjoy|love|stand|finish))\s+",
    re.IGNORECASE,
)
TITLE_TAIL = re.compile(r"^(.{2,60}?)[ -]style\b", re.IGNORECASE)
PERSON_LEAD = re.compile(
    r"\b(?:by|with|starring|directed by|from|featuring|feat\.?|of|without|no|play|but|hear|showing me)\s+$",
    re.IGNORECASE,
)
NOT_A_NAME_AFTER = re.compile(r"\b(?:about|in|set in|on|the|a|an|and|or|for|is|too|so)\s+$", re.IGNORECASE)
NAME_END = re.compile(
    r"\s*(?:[,.;!?](?!\w)|\bbut\b|\bonly\b|\bwhat next\b|\band\b (?=not|no|from|by)|$)", re.IGNORECASE
)
WORD = re.compile(r"[^\W_][\w'’.:-]*")


@dataclass(frozen=True)
class EntityMention:
    """A title or person and the stretch of the sentence that names it."""

    pk: int
    name: str
    start: int
    end: int
    lead: str = ""


@dataclass(frozen=True)
class UnlinkedTitle:
    """Words in a title's place that the catalogue does not hold, and the nearest it does."""

    said: str
    nearest: tuple[str, ...] = ()


# ---- titles

_titles: TTLCache[str, list[str]] = TTLCache(1, REMEMBERED_SECONDS)


def link_titles(text: str) -> list[EntityMention]:
    """Titles named after "like" and its kin, the longest that the catalogue holds first: "like Heat but older"."""
    found: list[EntityMention] = []
    for lead in (*TITLE_LEAD.finditer(text), *REFUSED_LEAD.finditer(text), *DISLIKED_LEAD.finditer(text)):
        position = lead.end()
        may_be_misspelt = lead.re is TITLE_LEAD and not re.match(r"(?i)after|than|more of", lead[0])
        while match := _longest_title(text, position, may_be_misspelt=may_be_misspelt):
            if not any(known.start < match.end and match.start < known.end for known in found):
                found.append(match)
            joiner = re.match(r"\s*(?:,|and|or)\s+", text[match.end :], re.IGNORECASE)
            if not joiner:
                break
            position = match.end + joiner.end()
    if not found and (tail := TITLE_TAIL.search(text)) and (item := _find_item([normalise_title(tail[1])])):
        found.append(EntityMention(item.pk, item.title, tail.start(1), tail.end(1)))
    return sorted(found, key=lambda name: name.start)


def find_unknown_title(text: str, found: Iterable[EntityMention]) -> UnlinkedTitle | None:
    """What stands after "like" with capitals but is no title here, with the nearest ones that are."""
    for lead in TITLE_LEAD.finditer(text):
        if lead[0].split()[0].lower() in {"than", "after", "more"} or any(n.start == lead.end() for n in found):
            continue
        said = re.match(
            r"[“\"]?((?:[A-Z0-9][\w'’:-]*)(?:\s+(?:[A-Z0-9][\w'’:-]*|of|the|and|in|a)(?=\s|$|[,.!?”\"]))*)",
            text[lead.end() :],
        )
        if said and said[1].lower() not in STOP_WORDS | TOPICS.keys() | LANGUAGES.keys():
            return UnlinkedTitle(said[1], _nearest_titles(normalise_title(said[1])))
    return None


def find_unknown_disliked(text: str, found: Iterable[EntityMention]) -> EntityMention | None:
    """What somebody says they disliked, where it is no title here and stands for nothing else that is known."""
    for lead in DISLIKED_LEAD.finditer(text):
        end = next(_word_ends(text, lead.end()), lead.end())
        words = text[lead.end() : end].strip("“”\"'’ ").split()
        while words and words[-1] in STOP_WORDS:  # "at all", "very much"
            words.pop()
        said = " ".join(words)
        if any(name.start < end and lead.end() < name.end for name in found):
            continue
        words = [word.lower().strip("'’") for word in words]
        told = (STOP_WORDS, ORDINALS, TOPICS, MOODS, KINDS, LANGUAGES)
        is_told = all(any(word in table for table in told) for word in words)
        if not is_told:
            return EntityMention(0, said, lead.start(), end)
    return None


def list_named_like(said: str) -> list[int]:
    """Works with these words in their title; short single words stand in too many."""
    key = normalise_title(said)
    if len(key) < SHORTEST_TELLING:
        return []
    return list(Item.objects.filter(title_key__regex=rf"\m{re.escape(key)}\M").values_list("pk", flat=True))


def has_near_title(said: str) -> bool:
    """Whether some title is spelt nearly so, with or without its article."""
    key = normalise_title(said)
    tried = (process.extractOne(k, _title_keys(), scorer=fuzz.ratio, score_cutoff=NEARLY) for k in (key, f"the {key}"))
    return len(key) >= SHORTEST_TELLING and any(tried)


def find_exact_title(said: str) -> EntityMention | None:
    """The catalogue's work of exactly these words, wherever they stand."""
    item = _find_item([normalise_title(said)])
    return EntityMention(item.pk, item.title, 0, len(said)) if item else None


def find_exact_person(said: str) -> EntityMention | None:
    row = Contributor.objects.filter(name_key=normalise_title(said)).first()
    return EntityMention(row.pk, row.name, 0, len(said)) if row else None


def _longest_title(text: str, start: int, *, may_be_misspelt: bool) -> EntityMention | None:
    stretches = [(end, normalise_title(text[start:end])) for end in _word_ends(text, start)]
    stretches = [(end, key) for end, key in stretches if key and not _is_plain_words(text[start:end])]
    keys = {variant for _, key in stretches for variant in (key, f"the {key}")}
    known = {item.title_key: item for item in _find_items(keys)}
    for end, key in stretches:
        if item := known.get(key) or known.get(f"the {key}"):
            return EntityMention(item.pk, item.title, start, end)
    return _misspelt_title(stretches, start) if may_be_misspelt else None


def _misspelt_title(stretches: list[tuple[int, str]], start: int) -> EntityMention | None:
    for end, key in stretches:
        near = (
            process.extractOne(key, _title_keys(), scorer=fuzz.ratio, score_cutoff=SAME_TITLE) if len(key) > 4 else None
        )
        if near and (item := _find_item([near[0]])):
            return EntityMention(item.pk, item.title, start, end)
    return None


def _is_plain_words(said: str) -> bool:
    """Written small and nothing but everyday words or genres: "I like war films" names no title."""
    words = said.split()
    everyday = all(w in STOP_WORDS or w in TOPICS or w in MOODS or w in KINDS or w in LANGUAGES for w in words)
    return (everyday and said == said.lower() and len(words) < 3) or said.strip("'’").lower() in {"this", "that", "it"}


def _find_items(keys: set[str]) -> list[Item]:
    """Of several works of one title the one most people have met comes last, so that it wins in a mapping."""
    return list(Item.objects.filter(title_key__in=keys).order_by(F("popularity").asc(nulls_first=True), "-pk"))


def _find_item(keys: list[str]) -> Item | None:
    found = _find_items({variant for key in keys for variant in (key, f"the {key}")})
    return found[-1] if found else None


def _title_keys() -> list[str]:
    """Every title's key, read again when items were added or after a few minutes."""
    state = Item.objects.aggregate(newest=Max("pk"), number=Count("pk"))
    marker = (state["newest"] or 0, state["number"])
    return _titles.get("keys", _read_title_keys, version=marker)


def _read_title_keys() -> list[str]:
    return list(Item.objects.order_by("title_key").values_list("title_key", flat=True).distinct())


def _nearest_titles(key: str) -> tuple[str, ...]:
    near = process.extract(key, _title_keys(), scorer=fuzz.WRatio, limit=NEAREST_OFFERED, score_cutoff=NEAR_TITLE)
    items = {item.title_key: item.title for item in _find_items({name for name, _, _ in near})}
    return tuple(items[name] for name, _, _ in near if name in items)


# ---- people


def link_people(text: str) -> list[EntityMention]:
    """Credited people: whole names anywhere, single and family names where the sentence leaves room for a name."""
    words = list(WORD.finditer(text))
    grams = dict(_name_grams(text, words))
    keys = set(grams.values()) | {f"the {key}" for key in grams.values()}
    rows = Contributor.objects.filter(name_key__in=keys) if keys else []
    known = {row.name_key: row for row in rows}
    found: list[EntityMention] = []
    for (start, end), key in sorted(grams.items(), key=lambda gram: (gram[0][0] - gram[0][1], gram[0][0])):
        person = known.get(key) or known.get(f"the {key}")
        if person and not any(name.start < end and start < name.end for name in found):
            found.append(EntityMention(person.pk, person.name, start, end))
    left = [word for word in words if not any(name.start <= word.start() < name.end for name in found)]
    found += _find_family_names(text, left)
    found += _find_misspelt_people(text, found)
    return sorted(found, key=lambda name: name.start)


def _name_grams(text: str, words: list[re.Match[str]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Stretches of one to four words that could be a name, with their keys."""
    for place, first in enumerate(words):
        for last in words[place : place + LONGEST_PERSON_WORDS]:
            start, end = first.start(), last.end()
            said = text[start:end].rstrip(".:-")
            single = last is first
            if "," in said or (_is_plain_words(said) if not single else not _may_be_name(text, first)):
                continue
            yield (start, start + len(said)), normalise_title(said)


def _may_be_name(text: str, word: re.Match[str]) -> bool:
    """A single word is a name only where one is expected: after "by", before "films", alone in its clause."""
    said = word[0].lower().strip(".:-'’")
    if len(said) < 3 or said in STOP_WORDS or said in TOPICS or said in MOODS or said in KINDS or said in LANGUAGES:
        return False
    before, after = text[: word.start()], text[word.end() :]
    if PERSON_LEAD.search(before):
        return True
    if NOT_A_NAME_AFTER.search(before) and not word[0][:1].isupper():
        return False
    following = re.match(r"(?:['’]s)?\s+([\w-]+)", after)
    leads_a_kind = following is not None and (following[1].lower() in KINDS or following[1].lower() in TOPICS)
    ends_clause = re.match(r"\s*(?:[,.;!?]|$|but\b)", after) is not None
    return leads_a_kind or ends_clause or (following is not None and following[1].lower() in MOODS | {"samurai": ()})


def _find_family_names(text: str, words: list[re.Match[str]]) -> list[EntityMention]:
    """The one most credited person whose name ends so: "a Kubrick film"."""
    spoken = {normalise_title(word[0]): word for word in words if _may_be_name(text, word)}
    spoken = {key: word for key, word in spoken.items() if key.isalpha()}
    if not spoken:
        return []
    endings = Q()
    for key in spoken:
        endings |= Q(name_key__endswith=f" {key}")
    rows = Contributor.objects.filter(endings).annotate(times=Count("credits")).order_by("times", "-pk")
    best = {row.name_key.rpartition(" ")[2]: row for row in rows}
    return [EntityMention(best[key].pk, best[key].name, w.start(), w.end()) for key, w in spoken.items() if key in best]


def _find_misspelt_people(text: str, found: list[EntityMention]) -> list[EntityMention]:
    """Two words after "by" or "with" that are a slip away from a name: "by nina simon"."""
    for lead in re.finditer(r"\b(?:by|with|starring)\s+(?=\w)", text, re.IGNORECASE):
        if any(name.start <= lead.end() <= name.end for name in found):
            continue
        said = re.match(r"[\w'’-]+ [\w'’-]+", text[lead.end() :])
        if said is None or _is_plain_words(said[0]):
            continue
        key = normalise_title(said[0])
        alike = Contributor.objects.filter(name_key__startswith=key[:3]).values_list("name_key", "pk", "name")
        rows = {row[0]: row for row in alike}
        near = process.extractOne(key, list(rows), scorer=fuzz.ratio, score_cutoff=SAME_TITLE)
        if near:
            _, pk, name = rows[near[0]]
            return [EntityMention(pk, name, lead.end(), lead.end() + said.end())]
    return []


def _word_ends(text: str, start: int) -> Iterator[int]:
    """Ends of the stretches from `start`, longest first, up to the clause's end."""
    stop = NAME_END.search(text, start)
    clause_end = stop.start() if stop else len(text)
    ends = [match.end() for match in re.finditer(r"\S+", text[:clause_end]) if match.end() > start]
    yield from reversed(ends[:LONGEST_NAME_WORDS])
