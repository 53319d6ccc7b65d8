"""The checked-in queries over the demo catalogue: thirds that only text, only pictures or only transcripts answer."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.test import override_settings
from PIL import Image, ImageDraw, ImageEnhance

from mediarec.library import demo
from mediarec.library.artwork import write_artwork
from mediarec.library.models import Item, MediaFile, Person
from recommender import enrichment
from recommender.models import EmbeddingSpace, Modality
from recommender.search import hubness, pipeline
from recommender.search.leg_fusion import fuse_best, fuse_mean
from recommender.search.types import ResultList, SearchQuery
from recommender.types import Filters
from recommender.vectors.spaces import serving_space

FOLDER = Path(__file__).resolve().parent / "queries"
THIRDS = ("text", "picture", "words")
FIRST = 10
SIDE, MARGIN = 320, 70
SKEW_QUESTIONS = 250


@dataclass(frozen=True)
class Question:
    """`answer` is the only relevant item; `picture`, where set, is the query instead of words."""

    third: str
    text: str
    answer: int
    picture: Image.Image | None = None


def read_set(third: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{third}.json").read_text(encoding="utf-8"))
    return found


@contextmanager
def open_catalogue(*, with_distractors: bool) -> Iterator[list[Question]]:
    """The demo with the set's pictures and with subtitles beside placeholder files, embedded by the real encoders.

    `with_distractors` also embeds the demo's generated artwork: hundreds of irrelevant pictures.
    """
    with tempfile.TemporaryDirectory() as name, override_settings(ARTWORK_ROOT=Path(name) / "artwork"):
        demo.load_demo()
        if with_distractors:
            Item.objects.exclude(artwork="").update(artwork_is_drawn=False)
        _hang_pictures()
        _lay_words(Path(name) / "media")
        plan = enrichment.Plan(frozenset({"text", "image", "words"}))
        enrichment.run_pending(lambda: False, lambda done, total, message: None, plan)
        yield [question for third in THIRDS for question in list_questions(third)]


def list_questions(third: str) -> list[Question]:
    """Queries of one third. Word queries of the picture third are left out unless the encoder is aligned with text."""
    space = serving_space(Modality.IMAGE)
    speaks = space is not None and space.is_text_aligned
    questions = []
    for line in read_set(third)["queries"]:
        answer = find_answer(line)
        if third != "picture":
            questions.append(Question(third, line["query"], answer))
            continue
        questions.append(Question("picture by a changed copy", "", answer, spoil(draw(line))))
        if speaks:
            questions.append(Question("picture", line["query"], answer))
    return questions


def find_answer(line: dict[str, Any]) -> int:
    return Item.objects.get(kind=line["kind"], title=line["title"], year=line["year"]).pk


def _hang_pictures() -> None:
    for line in read_set("picture")["queries"]:
        name = write_artwork(draw(line))
        Item.objects.filter(pk=find_answer(line)).update(artwork=name, artwork_is_drawn=False)


def draw(line: dict[str, Any]) -> Image.Image:
    """A shape of one colour on a background of another."""
    picture = Image.new("RGB", (SIDE, SIDE), line["ground"])
    pen, shape, colour = ImageDraw.Draw(picture), line["shape"], line["colour"]
    low, high, middle = MARGIN, SIDE - MARGIN, SIDE // 2
    if shape == "circle":
        pen.ellipse((low, low, high, high), fill=colour)
    elif shape == "ring":
        pen.ellipse((low, low, high, high), outline=colour, width=28)
    elif shape == "square":
        pen.rectangle((low, low, high, high), fill=colour)
    elif shape == "cross":
        pen.rectangle((middle - 25, low, middle + 25, high), fill=colour)
        pen.rectangle((low, middle - 25, high, middle + 25), fill=colour)
    elif shape in ("stripes", "checkerboard"):
        _draw_cells(pen, shape, colour)
    else:
        pen.polygon(_list_corners(shape, middle, middle - low), fill=colour)
    return picture


def _draw_cells(pen: ImageDraw.ImageDraw, shape: str, colour: str) -> None:
    for row, top in enumerate(range(0, SIDE, 40)):
        for column, left in enumerate(range(0, SIDE, 40)):
            if (row if shape == "stripes" else row + column) % 2:
                pen.rectangle((left, top, left + 39, top + 39), fill=colour)


def _list_corners(shape: str, middle: int, radius: int) -> list[tuple[float, float]]:
    count, inner = {"triangle": (3, 1.0), "diamond": (4, 1.0), "star": (10, 0.45)}[shape]
    radii = [radius * (inner if place % 2 else 1.0) for place in range(count)]
    turns = [2 * math.pi * place / count - math.pi / 2 for place in range(count)]
    return [(middle + r * math.cos(t), middle + r * math.sin(t)) for r, t in zip(radii, turns, strict=True)]


def spoil(picture: Image.Image) -> Image.Image:
    """A simulated photograph of a poster: slightly rotated, cropped, darkened, scaled down."""
    turned = picture.rotate(4, resample=Image.Resampling.BICUBIC, fillcolor=(128, 128, 128))
    edge = SIDE // 12
    cropped = turned.crop((edge, edge, SIDE - edge // 2, SIDE - edge // 2)).resize((200, 200))
    return ImageEnhance.Brightness(cropped).enhance(0.8)


def _lay_words(folder: Path) -> None:
    """A placeholder media file per item, which the subtitle extractor never opens, and its subtitles beside it."""
    folder.mkdir()
    found = read_set("words")
    for number, line in enumerate(found["queries"]):
        item = Item.objects.get(pk=find_answer(line))
        path = folder / f"work {number}.{'ogg' if item.kind == 'track' else 'mkv'}"
        path.write_bytes(b"")
        cues = [(float(line["seconds"]), line["line"])]
        cues += [(float(37 * n), found["filler"][(n * 7 + number) % len(found["filler"])]) for n in range(60)]
        sidecar = path.with_name(f"{path.stem}.{line['language']}.{line['format']}")
        sidecar.write_text(write_cues(sorted(cues), line["format"]), encoding="utf-8")
        MediaFile.objects.create(
            item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=0, mtime_ns=0, content_hash=str(number)
        )


def write_cues(cues: Sequence[tuple[float, str]], form: str) -> str:
    if form == "lrc":
        return "".join(f"[{int(start) // 60:02}:{start % 60:05.2f}]{words}\n" for start, words in cues)
    if form == "ass":
        head = "[Events]\nFormat: Layer, Start, End, Style, Text\n"
        return head + "".join(f"Dialogue: 0,{_stamp(s)}.00,{_stamp(s + 3)}.00,Default,{words}\n" for s, words in cues)
    mark = "," if form == "srt" else "."
    head = "" if form == "srt" else "WEBVTT\n\n"
    return head + "".join(
        f"{n}\n{_stamp(s)}{mark}000 --> {_stamp(s + 3)}{mark}000\n{words}\n\n" for n, (s, words) in enumerate(cues, 1)
    )


def _stamp(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def measure_recall(questions: Sequence[Question]) -> dict[str, dict[str, Any]]:
    """Recall at 10 and at 1 of the fusion, of a mean-score fusion, and of each retriever alone."""
    person = Person.objects.get(username="ana")
    ranks: dict[str, dict[str, list[int]]] = {}
    for question in questions:
        wish = SearchQuery(person.pk, question.text, question.picture, Filters(include_seen=True))
        legs = pipeline.retrieve(wish).result_lists
        lists = {"best wins": _list_ids(fuse_best, legs), "mean": _list_ids(fuse_mean, legs)}
        lists |= {leg.name: [hit.item_id for hit in leg.hits] for leg in legs}
        for way, ids in lists.items():
            rank = ids.index(question.answer) if question.answer in ids else len(ids) + FIRST
            ranks.setdefault(way, {}).setdefault(question.third, []).append(rank)
    counts = {third: sum(q.third == third for q in questions) for third in dict.fromkeys(q.third for q in questions)}
    return {
        f"recall_at_{first}": {way: _share(found, counts, first) for way, found in ranks.items()}
        for first in (FIRST, 1)
    }


def _share(ranks: dict[str, list[int]], counts: dict[str, int], first: int) -> dict[str, float]:
    held = {third: sum(rank < first for rank in ranks.get(third, [])) for third in counts}
    shares = {third: round(held[third] / count, 4) for third, count in counts.items()}
    return {**shares, "overall": round(sum(held.values()) / sum(counts.values()), 4)}


def _list_ids(fuse: Callable[[Sequence[ResultList]], list[Any]], legs: Sequence[ResultList]) -> list[int]:
    return [one.item_id for one in fuse(legs)]


def measure_skew(encode: hubness.Encode) -> dict[str, float]:
    """Hubness: skewness of how often items are in the first ten of many short queries, corrected and uncorrected."""
    space = serving_space(Modality.TEXT)
    if space is None:
        return {}
    words = sorted({tag for tags in Item.objects.values_list("tags", flat=True) for tag in tags})
    step = max(1, len(words) // SKEW_QUESTIONS)
    vectors = encode(words[::step][:SKEW_QUESTIONS])
    plain = _skew(space, vectors)
    moved = _skew(space, np.stack([hubness.correct_query(space, vector) for vector in vectors]))
    return {"without": round(plain, 3), "with": round(moved, 3), "falls_by": round(1 - moved / plain, 3)}


def _skew(space: EmbeddingSpace, vectors: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    counts = dict.fromkeys(Item.objects.values_list("pk", flat=True), 0)
    for vector in vectors:
        for item_id, _ in hubness.nearest_corrected(space, vector, FIRST):
            counts[item_id] += 1
    spread = np.array(list(counts.values()), dtype=np.float64)
    return float(((spread - spread.mean()) ** 3).mean() / spread.std() ** 3)
