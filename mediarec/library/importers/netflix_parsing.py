"""What Netflix's titles and days mean, found from all of a file together: series or film, day first or month first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from mediarec.library.importers.base import ParsedWork, clean
from mediarec.library.importers.watch_events import build_episode

SEASON_WORDS = (
    "Season|Series|Part|Volume|Vol\\.|Chapter|Book|Collection|Staffel|Teil|Temporada|Parte|Saison|Partie|Stagione|"
    "Seizoen|Deel|Sezon|Säsong|Sæson|Sesong|Kausi|Сезон|シーズン|시즌"
)
NUMBERED = re.compile(rf"(?P<show>.+?): (?:{SEASON_WORDS}) ?(?P<season>\d{{1,3}}): (?P<episode>.+)", re.IGNORECASE)
LIMITED = re.compile(
    r"(?P<show>.+?): (?:Limited Series|Mini-?series|Miniserie|Serie limitada|Mini-série): (?P<episode>.+)",
    re.IGNORECASE,
)
EPISODE_NUMBER = re.compile(r"(?:Episode|Folge|Episodio|Épisode|Aflevering|Episódio|Chapter|Capítulo) (\d{1,4})", re.I)
SAME_SHOW = 2  # this many titles that begin alike in two parts are of one series
DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?")
LONGEST = 1_000
UNSURE = "its dates fit with the day first as with the month first; the month was taken to be first"


def name_ids(title: str) -> dict[str, str]:
    """Netflix has no numbers in its history: its own name for a work is what tells that it is the same one again."""
    return {"netflix": title}


class Titles:
    """Knows of every title of one history, so that "A: B: C" is an episode only where others begin so, too."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._alike: dict[str, set[str]] = {}
        self._kinds: dict[str, str] = {}
        for said in titles:
            title = clean(said)[:LONGEST]
            parts = title.split(": ")
            if len(parts) >= 3:
                self._alike.setdefault(": ".join(parts[:2]), set()).add(title)
            elif title:
                self._kinds[title] = "film"
        named = list(self._alike.values())
        for title in (title for group in named for title in group):
            work = self.build_work(title)
            whole = work.parent or work
            self._kinds[whole.title] = whole.kind

    def find_kind(self, title: str) -> str:
        return self._kinds.get(title, "")

    def build_work(self, said: str) -> ParsedWork:
        """An episode without a number keeps its name; nothing is counted to find one."""
        title = said[:LONGEST]
        found = NUMBERED.fullmatch(title) or LIMITED.fullmatch(title)
        if found:
            season = int(found.groupdict().get("season") or 1)
            return self._build(found["show"], found["episode"], season)
        parts = title.split(": ")
        if len(parts) >= 3 and len(self._alike.get(": ".join(parts[:2]), ())) >= SAME_SHOW:
            return self._build(parts[0], ": ".join(parts[1:]), None)
        return ParsedWork("film", title, ids=name_ids(title))

    def _build(self, show: str, episode: str, season: int | None) -> ParsedWork:
        found = EPISODE_NUMBER.fullmatch(episode)
        return build_episode(
            ParsedWork("series", show, ids=name_ids(show)), episode, season, int(found[1]) if found else None
        )


@dataclass(frozen=True)
class Days:
    order: str  # "ymd", "dmy" or "mdy"
    note: str = ""

    def read(self, said: str) -> datetime | None:
        """The noon of a day, or None."""
        found = DAY.fullmatch(said.strip())
        if not found:
            return None
        order = "ymd" if len(found[1]) == 4 else self.order
        told = dict(zip(order, map(int, found.groups()), strict=True))
        year = told["y"] + 2000 if told["y"] < 100 else told["y"]
        if not 1997 <= year < 2100:
            return None
        try:
            return datetime(year, told["m"], told["d"], 12, tzinfo=UTC)
        except ValueError:
            return None


def read_days(said: Iterable[str]) -> Days:
    """The order in which more of the days are days; where both fit, in which they go back as Netflix lists them."""
    fits, breaks, last = {"mdy": 0, "dmy": 0}, {"mdy": 0, "dmy": 0}, dict[str, datetime]()
    for word in said:
        for order in fits:
            day = Days(order).read(word[:40])
            if day is None:
                continue
            fits[order] += 1
            breaks[order] += order in last and day > last[order]
            last[order] = day
    judged = {order: (fits[order], -breaks[order]) for order in fits}
    best = max(judged, key=lambda order: judged[order])
    is_unsure = judged["mdy"] == judged["dmy"] and last.get("mdy") != last.get("dmy")
    return Days(best, UNSURE if is_unsure else "")
