"""Negation scope detection (Morante and Blanco 2012): how far a "no", "less" or "instead of" reaches. Pure."""

import re
from dataclasses import dataclass

# Expressions with a "no" or "not" that refuse nothing.
HARMLESS = re.compile(
    r"\b(?:(?:and )?nothing else|not only|no matter(?: what)?|why not|not sure|no idea|no problem|not bad"
    r"|(?:don't|do not) (?:mind|care|know|worry)|can't wait|(?:haven't|have not|not yet|not) seen(?: yet)?|or not"
    r"|nothing in particular|no preference|not necessarily|if not)\b"
)
LESS = (
    r"(?:a (?:bit|little) )?(?:less|fewer)(?: of)?|not (?:so|as|that|too) (?:much|many)(?: of)?"
    r"|(?:cut|tone) down(?: on)?"
)
NO = (
    r"(?:i )?(?:don't|do not|didn't|never) (?:really )?(?:want|like|feel like|care for|need|enjoy|love|fancy)"
    r"(?: to)?(?: see| watch| hear)?(?: any ?more| any(?:thing)?)?"
    r"|(?:i'm |i am )?not in the mood for|(?:i'd )?rather not|can't stand|cannot stand|hated?|loathed?|disliked?"
    r"|(?:sick|tired|bored|fed up|had enough) (?:of|with)|enough"
    r"|(?:anything|everything|something|all) (?:but|except|other than)|other than|rather than|instead of|apart from"
    r"|except(?: for)?|excluding|minus|besides|without|avoid|skip|hide|ban|block|neither|none of (?:them|it)|nor"
    r"|(?:don't|do not|never|stop)(?: ever)?(?: again)? (?:recommend|suggest|show|play|offer)(?:ing)?(?: me)?"
    r"(?: any(?:thing)?)?"
    r"|(?:please )?no more|never again|nothing(?: too)?|not another|not(?: too| so| as| that| very)?|no|never"
    r"|aren't|isn't|don't|doesn't|wasn't"
)
TRIGGER = re.compile(rf"(?<![\w-])(?:(?P<less>{LESS})|(?P<no>{NO}))(?![\w'-])")
CLAUSE_END = re.compile(
    r"[,.;:!?]|\bbut\b|\bplease\b|\bonly\b|\bjust\b|\bthough\b|\bfrom now on\b|\binstead\b|\bmore\b|\bbecause\b"
    r"|\bwith\b(?! [\ue000-\uf8ff])|\band (?:something|make|some|a|an)\b|\bfor (?:the|a|my)\b|\btonight\b"
)
AFTERWARDS = re.compile(r"\b(?:isn't|is not|aren't|are not|not) (?:really )?(?:my (?:thing|taste)|for me|what i)\b")


@dataclass(frozen=True)
class NegationScope:
    """A span of the text whose concepts are refused, or, if `is_degree`, wanted less."""

    start: int
    reach: int  # offset where the refused words begin, after the trigger
    end: int
    is_degree: bool = False

    def contains(self, place: int) -> bool:
        return self.reach <= place < self.end


def find_negation_scopes(text: str) -> list[NegationScope]:
    """All negation scopes of a lower-case text. A scope ends with its clause or at the next trigger."""
    cleaned = HARMLESS.sub(lambda match: "," + " " * (len(match[0]) - 1), text)
    scopes: list[NegationScope] = []
    for after in AFTERWARDS.finditer(cleaned):
        clause = max((match.end() for match in CLAUSE_END.finditer(cleaned[: after.start()])), default=0)
        scopes.append(NegationScope(clause, clause, after.end()))
    for trigger in TRIGGER.finditer(cleaned):
        if any(scope.start <= trigger.start() < scope.end for scope in scopes if scope.start == scope.reach):
            continue
        end = CLAUSE_END.search(cleaned, trigger.end())
        following = TRIGGER.search(cleaned, trigger.end())
        stops = [match.start() for match in (end, following) if match]
        scopes.append(
            NegationScope(trigger.start(), trigger.end(), min(stops, default=len(cleaned)), bool(trigger["less"]))
        )
    return _drop_empty(scopes)


def _drop_empty(scopes: list[NegationScope]) -> list[NegationScope]:
    """Drops empty scopes, such as the first of "I don't want no more"."""
    return [scope for scope in scopes if scope.end > scope.reach]
