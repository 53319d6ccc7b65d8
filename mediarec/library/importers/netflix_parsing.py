"""Parses Netflix's titles and dates, judged from a whole file: series or film, day first or month first."""

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
SAME_SHOW = 2  # this many titles that share their first two parts belong to one series
DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?")
LONGEST = 1_000
UNSURE = "its dates fit with the day first as with the month first; the month was taken to be first"


def title_ids(title: str) -> dict[str, str]:
    """The history has no ids, so Netflix's own title identifies a work in later imports."""
    return {"netflix": title}


class TitleClassifier:
    """Knows all titles of one history, so that "A: B: C" is an episode only where other titles share its prefix."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._by_prefix: dict[str, set[str]] = {}
        self._kinds: dict[str, str] = {}
        for text in titles:
            title = clean(text)[:LONGEST]
            parts = title.split(": ")
            if len(parts) >= 3:
                self._by_prefix.setdefault(": ".join(parts[:2]), set()).add(title)
            elif title:
                self._kinds[title] = "film"
        groups = list(self._by_prefix.values())
        for title in (title for group in groups for title in group):
            work = self.build_work(title)
            whole = work.parent or work
            self._kinds[whole.title] = whole.kind

    def find_kind(self, title: str) -> str:
        return self._kinds.get(title, "")

    def build_work(self, text: str) -> ParsedWork:
        """A film, or an episode with its series; an episode number is never guessed from the order."""
        title = text[:LONGEST]
        match = NUMBERED.fullmatch(title) or LIMITED.fullmatch(title)
        if match:
            season = int(match.groupdict().get("season") or 1)
            return self._build(match["show"], match["episode"], season)
        parts = title.split(": ")
        if len(parts) >= 3 and len(self._by_prefix.get(": ".join(parts[:2]), ())) >= SAME_SHOW:
            return self._build(parts[0], ": ".join(parts[1:]), None)
        return ParsedWork("film", title, ids=title_ids(title))

    def _build(self, show: str, episode: str, season: int | None) -> ParsedWork:
        match = EPISODE_NUMBER.fullmatch(episode)
        return build_episode(
            ParsedWork("series", show, ids=title_ids(show)), episode, season, int(match[1]) if match else None
        )


@dataclass(frozen=True)
class DateFormat:
    """The order of day, month and year in a file's dates."""

    order: str  # "ymd", "dmy" or "mdy"
    note: str = ""

    def read(self, text: str) -> datetime | None:
        """Noon of the date, or None."""
        match = DAY.fullmatch(text.strip())
        if not match:
            return None
        order = "ymd" if len(match[1]) == 4 else self.order
        parts = dict(zip(order, map(int, match.groups()), strict=True))
        year = parts["y"] + 2000 if parts["y"] < 100 else parts["y"]
        if not 1997 <= year < 2100:
            return None
        try:
            return datetime(year, parts["m"], parts["d"], 12, tzinfo=UTC)
        except ValueError:
            return None


def detect_date_format(texts: Iterable[str]) -> DateFormat:
    """The order that makes more of the dates valid; on a tie, the one in which they descend, as Netflix lists them."""
    fits, breaks, last = {"mdy": 0, "dmy": 0}, {"mdy": 0, "dmy": 0}, dict[str, datetime]()
    for text in texts:
        for order in fits:
            day = DateFormat(order).read(text[:40])
            if day is None:
                continue
            fits[order] += 1
            breaks[order] += order in last and day > last[order]
            last[order] = day
    ranking = {order: (fits[order], -breaks[order]) for order in fits}
    best = max(ranking, key=lambda order: ranking[order])
    is_unsure = ranking["mdy"] == ranking["dmy"] and last.get("mdy") != last.get("dmy")
    return DateFormat(best, UNSURE if is_unsure else "")
