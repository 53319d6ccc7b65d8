"""Builds the fonts of this folder from those of Debian: `python build.py FOLDER`, where the packages were unpacked.

It needs fonttools and nothing of mediarec, and is run by hand when the fonts are to be renewed; see SOURCES.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
LATIN = "usr/share/fonts/opentype/inter/InterDisplay-Medium.otf"
CJK = "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
ARABIC = "usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf"
HEBREW = "usr/share/fonts/truetype/noto/NotoSansHebrew-Regular.ttf"
JAPANESE_FACE, CHINESE_FACE = 0, 2  # of the collection
WIDE = 0x2E80  # the first code of the East Asian blocks
HIGH = range(0xA1, 0xFF)
# Letters, marks, punctuation, arrows, signs and dingbats.
PLAIN = (range(0x20, 0x7F), range(0xA0, 0x530), range(0x1E00, 0x2028), range(0x2030, 0x2060), range(0x2070, 0x27C0))
RIGHT_TO_LEFT = (range(0x20, 0x30), range(0x590, 0x700), range(0xFB1D, 0xFE00), range(0xFE70, 0xFF00))


def main(packages: Path) -> None:
    cut(packages / LATIN, "latin.otf", {code for codes in PLAIN for code in codes})
    cut(packages / ARABIC, "arabic.ttf", {code for codes in RIGHT_TO_LEFT for code in codes})
    cut(packages / HEBREW, "hebrew.ttf", {code for codes in RIGHT_TO_LEFT for code in codes})
    japanese, chinese = (
        TTFont(packages / CJK, fontNumber=face).getBestCmap() for face in (JAPANESE_FACE, CHINESE_FACE)
    )
    jis = find_codes("shift_jis", [*range(0x81, 0xA0), *range(0xE0, 0xF0)], range(0x40, 0xFD))
    simplified = find_codes("gb2312", HIGH, HIGH)
    traditional = find_codes("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *HIGH])  # its first level
    alike = {code for code in simplified if chinese[code] == japanese.get(code)}
    other = {*range(0x3000, 0x3100), *range(0xAC00, 0xD7A4), *range(0xFF00, 0xFF66)}  # kana, Hangul, full width
    cut(packages / CJK, "cjk.otf", jis | traditional | alike | other, JAPANESE_FACE, first=WIDE)
    cut(packages / CJK, "chinese.otf", simplified - alike, CHINESE_FACE, first=WIDE)


def find_codes(codec: str, leads: Iterable[int], trails: Iterable[int]) -> set[int]:
    """The characters of two bytes that the old standard of a country holds: those in everyday use."""
    texts = [bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in trails]
    return {ord(text) for text in texts if len(text) == 1}


def cut(source: Path, name: str, codes: set[int], face: int = -1, first: int = 0) -> None:
    """Without hints and without tables that Pillow's own layout does not read."""
    options = Options(hinting=False, layout_features=[], glyph_names=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vmtx", "vhea", "DSIG", "STAT"]
    font = TTFont(source, fontNumber=face)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes={code for code in codes if code >= first})
    subsetter.subset(font)
    font.save(HERE / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
