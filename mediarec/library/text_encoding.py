"""Which encoding the bytes of a text are in: marks and declarations first, then UTF-8, then a guess. Opens no file."""

from __future__ import annotations

import codecs
import re
from collections import Counter

WESTERN = "cp1252"
# The code pages that are guessed, the likelier and the stricter first. DOS, Mac and EBCDIC pages are left out: a text
# with a few accents fits them as well as the right one. Those of Vietnamese and the Baltic are only read where
# something names them: they claimed more Western texts than they recognised of their own.
CODE_PAGES = (
    WESTERN, "cp1251", "cp1250", "euc_jp", "cp932", "gb18030", "cp949", "big5", "cp1253", "cp1254", "koi8_r", "cp1255",
    "cp1256", "cp874",
)  # fmt: skip
# By how much another page must fit better than the Western one, so that a few accents are not taken for Czech. Chosen
# on 2,025 samples of 1 to 50 lines in 33 languages: 99 in 100 Western texts stay what they are, and from ten lines on
# nearly all Cyrillic, Greek, Japanese, Chinese and Korean ones are recognised, of Central European ones half.
LESS_MESS = 0.05
MORE_COHERENCE = 0.03
PART_BYTES = 1024
MOST_PARTS = 9
LONGEST_LINE = 8192  # of which more is not looked at
FEWEST_BEYOND_ASCII = 4  # bytes; from fewer nothing is guessed
PROBED_BYTES = 200  # that show whether every second byte is zero
GOOD_PER_BROKEN = 10  # letters beyond ASCII that are right for each that is broken: a text with a damaged place
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# What a name stands for in practice: the page of Windows around the standard's, as browsers read it.
_WIDER = {
    "iso8859-1": WESTERN, "ascii": WESTERN, "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949",
}  # fmt: skip
# Python knows more codecs: some unpack, some take quadratic time, and nobody keeps a text in them.
_PAGES = re.compile(r"utf-8|ascii|cp\d|iso8859|iso2022|koi8|mac|gb|big5|euc|shift_jis|johab|hz|tis-620|kz1048|ptcp154")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def decode_text(raw: bytes, declared: str = "", likely: str = "") -> str:
    """The text; never fails, bytes that do not fit become U+FFFD. For the names see `find_encoding`."""
    return raw.decode(find_encoding(raw, declared, likely), "replace")


def find_encoding(raw: bytes, declared: str = "", likely: str = "", *, is_cut: bool = False) -> str:
    """Python's name of the encoding of a text, or of its beginning where `is_cut`.

    `declared` is what the text says of itself and is tried before UTF-8; `likely` is what its name suggests and is
    tried before the guess. Names of no code page are passed over.
    """
    if wide := _find_wide(raw):
        return wide
    if (page := _find_page(declared)) and _fits(raw, page, is_cut=is_cut):
        return page
    if _fits(raw, "utf-8", is_cut=is_cut):
        return "utf-8-sig"
    for page in ("utf-8", _find_page(likely)):
        if page and _fits_but_for_damage(raw, page):
            return page
    return guess_code_page(raw)


def guess_code_page(raw: bytes) -> str:
    """The code page that most parts of a bounded sample are in; the Western one where too little speaks for another."""
    parts = _take_sample(raw)
    if sum(len(_BEYOND_ASCII.findall(part)) for part in parts) < FEWEST_BEYOND_ASCII:
        return WESTERN
    votes = Counter(page for part in parts if (page := _judge(part)))
    return votes.most_common(1)[0][0] if votes else WESTERN


def _judge(sample: bytes) -> str:
    """The page that gives the least mess and the most of some language; empty where none gives a text."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(CODE_PAGES), preemptive_behaviour=False, enable_fallback=False)
    fits = {page: match for match in found for page in (match.encoding, *match.could_be_from_charset)}
    if not fits:
        return ""
    page = min(fits, key=lambda name: (round(fits[name].chaos, 2), -fits[name].coherence, CODE_PAGES.index(name)))
    best, western = fits[page], fits.get(WESTERN)
    if western is None or western.chaos - best.chaos > LESS_MESS or best.coherence - western.coherence > MORE_COHERENCE:
        return page
    return WESTERN


def _find_wide(start: bytes) -> str:
    """UTF-16 and UTF-32, by their mark or by the zeros between Western letters."""
    for bom, encoding in BOMS:
        if start.startswith(bom):
            return encoding
    probed = start[:PROBED_BYTES]
    even, odd = probed[::2].count(0), probed[1::2].count(0)
    if max(even, odd) <= len(probed) // 4 or min(even, odd) > max(even, odd) // 4:
        return ""  # zeros everywhere are a damaged place, not a wide encoding
    return "utf-16-le" if odd > even else "utf-16-be"


def _find_page(name: str) -> str:
    """Python's name of a code page; empty where it is none. What could be read as single bytes is not UTF-16."""
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(found, found) if _PAGES.match(found) else ""


def _fits(raw: bytes, encoding: str, *, is_cut: bool = False) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(raw, final=not is_cut)
    except (UnicodeError, LookupError):
        return False
    return True


def _fits_but_for_damage(raw: bytes, encoding: str) -> bool:
    mended = raw.decode(encoding, "replace")
    broken = mended.count("\ufffd")
    beyond_ascii = len(mended) - len(mended.encode("ascii", "ignore"))
    return beyond_ascii - broken >= GOOD_PER_BROKEN * broken


def _take_sample(raw: bytes) -> list[bytes]:
    """Parts of lines that are not Unicode already: no page fits a part that is damaged, and the others outvote it."""
    parts = [b""]
    for line in raw.replace(b"\x00", b"").splitlines():
        if line.isascii() or _fits(line, "utf-8"):
            continue
        if len(parts[-1]) >= PART_BYTES:
            if len(parts) == MOST_PARTS:
                break
            parts.append(b"")
        parts[-1] += _cut(line) + b"\n"
    return parts


def _cut(line: bytes) -> bytes:
    """A long line from the word with its first letter beyond ASCII on; no encoding has a space inside a character."""
    found = _BEYOND_ASCII.search(line)
    if found is None or len(line) <= LONGEST_LINE:
        return line
    begin = line.rfind(b" ", 0, found.start()) + 1
    piece = line[begin : begin + LONGEST_LINE]
    return piece if len(line) - begin <= LONGEST_LINE else piece.rpartition(b" ")[0] or piece
