"""How far a "no", "not", "less" or "instead of" reaches in a sentence. Pure; knows no genres."""

import re
from dataclasses import dataclass

# Said with a "no" or "not" that refuses nothing.
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
    """A stretch of the text in which things are refused, or wanted less where `is_degree`."""

    start: int
    reach: int  # where the refused words begin
    end: int
    is_degree: bool = False

    def holds(self, place: int) -> bool:
        return self.reach <= place < self.end


def find_negation_scopes(text: str) -> list[NegationScope]:
    """Every refusal of a lowered text, in order; a scope ends with its clause or where the next one starts."""
    silenced = HARMLESS.sub(lambda match: "," + " " * (len(match[0]) - 1), text)
    found: list[NegationScope] = []
    for after in AFTERWARDS.finditer(silenced):
        clause = max((match.end() for match in CLAUSE_END.finditer(silenced[: after.start()])), default=0)
        found.append(NegationScope(clause, clause, after.end()))
    for trigger in TRIGGER.finditer(silenced):
        if any(scope.start <= trigger.start() < scope.end for scope in found if scope.start == scope.reach):
            continue
        end = CLAUSE_END.search(silenced, trigger.end())
        following = TRIGGER.search(silenced, trigger.end())
        stops = [match.start() for match in (end, following) if match]
        found.append(
            NegationScope(trigger.start(), trigger.end(), min(stops, default=len(silenced)), bool(trigger["less"]))
        )
    return _join_empty(found)


def _join_empty(scopes: list[NegationScope]) -> list[NegationScope]:
    """ "I don't want no more": a refusal directly before another one adds nothing to it."""
    return [scope for scope in scopes if scope.end > scope.reach]
