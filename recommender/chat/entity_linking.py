"""Entity linking: titles and people mentioned in a sentence, matched to catalogue rows."""

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
SAME_TITLE = 84  # of 100: taken as a misspelling; below it a title is only offered as a question
NEAR_TITLE = 60
NEAREST_OFFERED = 3
NEARLY = 75
MIN_KEY_LENGTH = 4  # letters
REMEMBERED_SECONDS = 300.0
TITLE_LEAD = re.compile(
    r"\b(?:like|similar to|in the (?:style|vein|spirit) of|as good as|reminds? me of|along the lines of|after|than"
    r"|(?:i|we|you)(?: really| just)? (?:loved|liked|enjoyed|watched|saw|finished)|more of"
    r"|why (?:is there no|no|isn['’]?t|wasn['’]?t))\s+",
    re.IGNORECASE,
)
REFUSED_LEAD = re.compile(r"\b(?:but not|not|except|no)\s+(?=[A-Z“\"])")
# Followed by a title. "I hate horror" is left to the genres, because everyday words name no title.
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
    """A linked title or person (`pk`, `name`) and the span [start, end) of the sentence that names it."""

    pk: int
    name: str
    start: int
    end: int
    lead: str = ""


@dataclass(frozen=True)
class UnlinkedTitle:
    """Words in the position of a title that match no catalogue title, and the nearest titles."""

    said: str
    nearest: tuple[str, ...] = ()


# ---- titles

_titles: TTLCache[str, list[str]] = TTLCache(1, REMEMBERED_SECONDS)


def link_titles(text: str) -> list[EntityMention]:
    """Titles after "like" and similar phrases, longest match first: "like Heat but older"."""
    mentions: list[EntityMention] = []
    for lead in (*TITLE_LEAD.finditer(text), *REFUSED_LEAD.finditer(text), *DISLIKED_LEAD.finditer(text)):
        position = lead.end()
        may_be_misspelt = lead.re is TITLE_LEAD and not re.match(r"(?i)after|than|more of", lead[0])
        while match := _longest_title(text, position, may_be_misspelt=may_be_misspelt):
            if not any(other.start < match.end and match.start < other.end for other in mentions):
                mentions.append(match)
            joiner = re.match(r"\s*(?:,|and|or)\s+", text[match.end :], re.IGNORECASE)
            if not joiner:
                break
            position = match.end + joiner.end()
    if not mentions and (tail := TITLE_TAIL.search(text)) and (item := _find_item([normalise_title(tail[1])])):
        mentions.append(EntityMention(item.pk, item.title, tail.start(1), tail.end(1)))
    return sorted(mentions, key=lambda mention: mention.start)


def find_unknown_title(text: str, found: Iterable[EntityMention]) -> UnlinkedTitle | None:
    """Capitalised words after "like" that match no title, with the nearest titles."""
    for lead in TITLE_LEAD.finditer(text):
        if lead[0].split()[0].lower() in {"than", "after", "more"} or any(
            mention.start == lead.end() for mention in found
        ):
            continue
        match = re.match(
            r"[“\"]?((?:[A-Z0-9][\w'’:-]*)(?:\s+(?:[A-Z0-9][\w'’:-]*|of|the|and|in|a)(?=\s|$|[,.!?”\"]))*)",
            text[lead.end() :],
        )
        if match and match[1].lower() not in STOP_WORDS | TOPICS.keys() | LANGUAGES.keys():
            return UnlinkedTitle(match[1], _nearest_titles(normalise_title(match[1])))
    return None


def find_unknown_disliked(text: str, found: Iterable[EntityMention]) -> EntityMention | None:
    """The object of a dislike that matches no title and is not made of known words, as a mention with pk 0."""
    for lead in DISLIKED_LEAD.finditer(text):
        end = next(_word_ends(text, lead.end()), lead.end())
        words = text[lead.end() : end].strip("“”\"'’ ").split()
        while words and words[-1] in STOP_WORDS:  # "at all", "very much"
            words.pop()
        phrase = " ".join(words)
        if any(mention.start < end and lead.end() < mention.end for mention in found):
            continue
        words = [word.lower().strip("'’") for word in words]
        lexicons = (STOP_WORDS, ORDINALS, TOPICS, MOODS, KINDS, LANGUAGES)
        is_known_words = all(any(word in lexicon for lexicon in lexicons) for word in words)
        if not is_known_words:
            return EntityMention(0, phrase, lead.start(), end)
    return None


def items_with_words_in_title(said: str) -> list[int]:
    """IDs of items whose title contains these words; [] for a phrase too short to be specific."""
    key = normalise_title(said)
    if len(key) < MIN_KEY_LENGTH:
        return []
    return list(Item.objects.filter(title_key__regex=rf"\m{re.escape(key)}\M").values_list("pk", flat=True))


def has_near_title(said: str) -> bool:
    """Whether some title has nearly this spelling, with or without "the"."""
    key = normalise_title(said)
    matches = (
        process.extractOne(k, _title_keys(), scorer=fuzz.ratio, score_cutoff=NEARLY) for k in (key, f"the {key}")
    )
    return len(key) >= MIN_KEY_LENGTH and any(matches)


def find_exact_title(said: str) -> EntityMention | None:
    """The item whose whole title is these words."""
    item = _find_item([normalise_title(said)])
    return EntityMention(item.pk, item.title, 0, len(said)) if item else None


def find_exact_person(said: str) -> EntityMention | None:
    row = Contributor.objects.filter(name_key=normalise_title(said)).first()
    return EntityMention(row.pk, row.name, 0, len(said)) if row else None


def _longest_title(text: str, start: int, *, may_be_misspelt: bool) -> EntityMention | None:
    spans = [(end, normalise_title(text[start:end])) for end in _word_ends(text, start)]
    spans = [(end, key) for end, key in spans if key and not _is_plain_words(text[start:end])]
    keys = {variant for _, key in spans for variant in (key, f"the {key}")}
    item_by_key = {item.title_key: item for item in _find_items(keys)}
    for end, key in spans:
        if item := item_by_key.get(key) or item_by_key.get(f"the {key}"):
            return EntityMention(item.pk, item.title, start, end)
    return _misspelt_title(spans, start) if may_be_misspelt else None


def _misspelt_title(spans: list[tuple[int, str]], start: int) -> EntityMention | None:
    for end, key in spans:
        match = (
            process.extractOne(key, _title_keys(), scorer=fuzz.ratio, score_cutoff=SAME_TITLE) if len(key) > 4 else None
        )
        if match and (item := _find_item([match[0]])):
            return EntityMention(item.pk, item.title, start, end)
    return None


def _is_plain_words(phrase: str) -> bool:
    """Lower-case everyday words or genres only: "I like war films" names no title."""
    words = phrase.split()
    is_everyday = all(
        word in STOP_WORDS or word in TOPICS or word in MOODS or word in KINDS or word in LANGUAGES for word in words
    )
    return (is_everyday and phrase == phrase.lower() and len(words) < 3) or phrase.strip("'’").lower() in {
        "this",
        "that",
        "it",
    }


def _find_items(keys: set[str]) -> list[Item]:
    """Items with these title keys, the most popular last, so that it wins in a mapping by title."""
    return list(Item.objects.filter(title_key__in=keys).order_by(F("popularity").asc(nulls_first=True), "-pk"))


def _find_item(keys: list[str]) -> Item | None:
    items = _find_items({variant for key in keys for variant in (key, f"the {key}")})
    return items[-1] if items else None


def _title_keys() -> list[str]:
    """All title keys, cached until items are added, or for five minutes."""
    totals = Item.objects.aggregate(newest=Max("pk"), number=Count("pk"))
    version = (totals["newest"] or 0, totals["number"])
    return _titles.get("keys", _read_title_keys, version=version)


def _read_title_keys() -> list[str]:
    return list(Item.objects.order_by("title_key").values_list("title_key", flat=True).distinct())


def _nearest_titles(key: str) -> tuple[str, ...]:
    matches = process.extract(key, _title_keys(), scorer=fuzz.WRatio, limit=NEAREST_OFFERED, score_cutoff=NEAR_TITLE)
    items = {item.title_key: item.title for item in _find_items({name for name, _, _ in matches})}
    return tuple(items[name] for name, _, _ in matches if name in items)


# ---- people


def link_people(text: str) -> list[EntityMention]:
    """Credited people: full names anywhere, single and family names only where a name is likely."""
    words = list(WORD.finditer(text))
    grams = dict(_name_grams(text, words))
    keys = set(grams.values()) | {f"the {key}" for key in grams.values()}
    rows = Contributor.objects.filter(name_key__in=keys) if keys else []
    row_of = {row.name_key: row for row in rows}
    mentions: list[EntityMention] = []
    for (start, end), key in sorted(grams.items(), key=lambda gram: (gram[0][0] - gram[0][1], gram[0][0])):
        person = row_of.get(key) or row_of.get(f"the {key}")
        if person and not any(mention.start < end and start < mention.end for mention in mentions):
            mentions.append(EntityMention(person.pk, person.name, start, end))
    unlinked = [word for word in words if not any(mention.start <= word.start() < mention.end for mention in mentions)]
    mentions += _find_family_names(text, unlinked)
    mentions += _find_misspelt_people(text, mentions)
    return sorted(mentions, key=lambda mention: mention.start)


def _name_grams(text: str, words: list[re.Match[str]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Spans of one to four words that could be a name, with their keys."""
    for index, first in enumerate(words):
        for last in words[index : index + LONGEST_PERSON_WORDS]:
            start, end = first.start(), last.end()
            phrase = text[start:end].rstrip(".:-")
            is_single = last is first
            if "," in phrase or (_is_plain_words(phrase) if not is_single else not _may_be_name(text, first)):
                continue
            yield (start, start + len(phrase)), normalise_title(phrase)


def _may_be_name(text: str, word: re.Match[str]) -> bool:
    """Whether a single word may be a name: after "by", before "films", or alone in its clause."""
    word_key = word[0].lower().strip(".:-'’")
    if (
        len(word_key) < 3
        or word_key in STOP_WORDS
        or word_key in TOPICS
        or word_key in MOODS
        or word_key in KINDS
        or word_key in LANGUAGES
    ):
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
    """For each word that may be a family name the most credited person who has it: "a Kubrick film"."""
    word_by_key = {normalise_title(word[0]): word for word in words if _may_be_name(text, word)}
    word_by_key = {key: word for key, word in word_by_key.items() if key.isalpha()}
    if not word_by_key:
        return []
    endings = Q()
    for key in word_by_key:
        endings |= Q(name_key__endswith=f" {key}")
    rows = Contributor.objects.filter(endings).annotate(times=Count("credits")).order_by("times", "-pk")
    row_by_key = {row.name_key.rpartition(" ")[2]: row for row in rows}
    return [
        EntityMention(row_by_key[key].pk, row_by_key[key].name, word.start(), word.end())
        for key, word in word_by_key.items()
        if key in row_by_key
    ]


def _find_misspelt_people(text: str, found: list[EntityMention]) -> list[EntityMention]:
    """Two words after "by" or "with" that misspell a name: "by nina simon"."""
    for lead in re.finditer(r"\b(?:by|with|starring)\s+(?=\w)", text, re.IGNORECASE):
        if any(mention.start <= lead.end() <= mention.end for mention in found):
            continue
        phrase = re.match(r"[\w'’-]+ [\w'’-]+", text[lead.end() :])
        if phrase is None or _is_plain_words(phrase[0]):
            continue
        key = normalise_title(phrase[0])
        candidates = Contributor.objects.filter(name_key__startswith=key[:3]).values_list("name_key", "pk", "name")
        rows = {row[0]: row for row in candidates}
        match = process.extractOne(key, list(rows), scorer=fuzz.ratio, score_cutoff=SAME_TITLE)
        if match:
            _, pk, mention = rows[match[0]]
            return [EntityMention(pk, mention, lead.end(), lead.end() + phrase.end())]
    return []


def _word_ends(text: str, start: int) -> Iterator[int]:
    """End offsets of word spans that begin at `start`, longest first, up to the end of the clause."""
    stop = NAME_END.search(text, start)
    clause_end = stop.start() if stop else len(text)
    ends = [match.end() for match in re.finditer(r"\S+", text[:clause_end]) if match.end() > start]
    yield from reversed(ends[:LONGEST_NAME_WORDS])
