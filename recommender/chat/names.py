"""Finding titles and people a sentence mentions. Reads the catalogue; only what is in it can be found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F

from mediarec.library.catalog import normalise_title
from mediarec.library.models import Contributor, Item

LONGEST_NAME_WORDS = 7
LIKE = re.compile(
    r"\b(?:like|similar to|in the style of|as good as|reminds? me of|along the lines of)\s+", re.IGNORECASE
)
PERSON_LEAD = re.compile(
    r"\b(?:by|with|starring|directed by|from|featuring|feat\.?|of|without|no)\s+(?=[A-Z])", re.UNICODE
)
NAME_END = re.compile(r"\s*(?:[,.;!?]|\bbut\b|\bonly\b|\band\b (?=not|no|from|by)|$)", re.IGNORECASE)


@dataclass(frozen=True)
class FoundName:
    """A title or person and the stretch of the sentence that names it."""

    pk: int
    name: str
    start: int
    end: int
    lead: str = ""


def find_titles(text: str) -> list[FoundName]:
    """Titles named after "like" and its kin, the longest that the catalogue holds first: "like Heat but older"."""
    found: list[FoundName] = []
    for lead in LIKE.finditer(text):
        position = lead.end()
        while match := _longest_title(text, position):
            found.append(match)
            joiner = re.match(r"\s*(?:,|and|or)\s+", text[match.end :], re.IGNORECASE)
            if not joiner:
                break
            position = match.end + joiner.end()
    return found


def _longest_title(text: str, start: int) -> FoundName | None:
    for end in _word_ends(text, start):
        key = normalise_title(text[start:end])
        if key and (item := _find_item(key)):
            return FoundName(item.pk, item.title, start, end)
    return None


def _find_item(title_key: str) -> Item | None:
    """The best known item of that title; of several the one most people have met."""
    keys = [title_key, f"the {title_key}"]
    return Item.objects.filter(title_key__in=keys).order_by(F("popularity").desc(), "pk").first()


def find_people(text: str) -> list[FoundName]:
    """Credited people after "by", "with" and the like, or two capitalised words anywhere."""
    found: list[FoundName] = []
    starts = [(lead.end(), lead.group().strip().lower()) for lead in PERSON_LEAD.finditer(text)]
    starts += [(match.start(), "") for match in re.finditer(r"\b[^\W\d_a-z][\w'’.-]+\s+[^\W\d_a-z]", text)]
    for start, lead in starts:
        if any(name.start <= start < name.end for name in found):
            continue
        if match := _longest_person(text, start, lead):
            found.append(match)
    return found


def _longest_person(text: str, start: int, lead: str) -> FoundName | None:
    for end in _word_ends(text, start):
        key = normalise_title(text[start:end])
        person = Contributor.objects.filter(name_key=key).first() if key else None
        if person:
            return FoundName(person.pk, person.name, start, end, lead)
    return None


def _word_ends(text: str, start: int) -> Iterator[int]:
    """Ends of the stretches from `start`, longest first, up to the clause's end."""
    stop = NAME_END.search(text, start)
    clause_end = stop.start() if stop else len(text)
    ends = [match.end() for match in re.finditer(r"\S+", text[:clause_end]) if match.end() > start]
    yield from reversed(ends[:LONGEST_NAME_WORDS])
