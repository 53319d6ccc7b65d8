"""Pictures, icons and numbers in words, for every template. Knows no requests."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from mediarec.web.cards import find_medium, find_shape

register = template.Library()

ICONS = static("icons/icons.svg")
HUE_STEP = 47  # degrees; neighbours in the catalogue get colours that differ clearly
STARS = 5
UNDO_TAG = "undo-"  # on a message, before the number of the interaction that it can take back


@dataclass(frozen=True)
class Undo:
    """What a message can take back, as the toast's template reads it."""

    pk: int


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', ICONS, name)


@register.simple_tag
def tile(work: Any) -> SafeString:
    """The picture of an Item or a Card; one without artwork gets a drawn tile with its title."""
    shape = find_shape(work.kind)
    if work.artwork:
        return format_html(
            '<span class="tile {}"><img src="{}" alt="" loading="lazy" decoding="async"></span>',
            shape,
            reverse("artwork", args=[work.artwork]),
        )
    hue = work.pk * HUE_STEP % 360
    return format_html(
        '<span class="tile drawn {}" style="--hue: {}" aria-hidden="true"><span class="tile-words">'
        '<span class="tile-title">{}</span><span class="tile-year">{}</span></span></span>',
        shape,
        hue,
        work.title,
        work.year or "",
    )


@register.filter
def medium(kind: str) -> str:
    return find_medium(kind)


@register.filter
def medium_icon(kind: str) -> str:
    return {"screen": "film", "music": "music"}.get(find_medium(kind), "video")


@register.filter
def duration(seconds: float | None) -> str:
    """5400 -> "1 h 30 min", 245 -> "4:05"; nothing where nothing is known."""
    if not seconds:
        return ""
    whole = round(seconds)
    if whole < 20 * 60:
        return f"{whole // 60}:{whole % 60:02d}"
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def stars(value: float | None) -> str:
    """A rating of 0..1 as a person gave it: "3.5"."""
    return f"{value * STARS:.1f}".removesuffix(".0") if value is not None else ""


@register.filter
def language_name(code: str) -> str:
    """ "de" -> "German"; a code nobody knows is shown as it is."""
    try:
        return str(get_language_info(code)["name"])
    except KeyError:
        return code


@register.filter
def undo_of(message: Message) -> Undo | None:
    tag = message.extra_tags or ""
    number = tag.removeprefix(UNDO_TAG)
    return Undo(int(number)) if tag.startswith(UNDO_TAG) and number.isdecimal() else None
