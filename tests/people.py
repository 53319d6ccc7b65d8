"""Three people with known taste, and a small library in which the right answer can be reasoned.

Ana likes only slow films, Bo only loud music, Cy is new and has no history.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mediarec.library.models import Contributor, Credit, Interaction, InteractionType, Item, Kind, Person, Role

START = datetime(2025, 1, 1, tzinfo=UTC)
EACH = 12  # items per group; the first half has been finished by whoever likes it
GROUPS: dict[str, tuple[Kind, tuple[str, ...], tuple[str, ...], Role]] = {
    "Slow Film": (Kind.FILM, ("drama",), ("slow", "quiet"), Role.DIRECTOR),
    "Fast Film": (Kind.FILM, ("action",), ("chase", "explosions"), Role.DIRECTOR),
    "Loud Song": (Kind.TRACK, ("metal",), ("loud", "guitars"), Role.ARTIST),
    "Soft Song": (Kind.TRACK, ("ambient",), ("gentle", "piano"), Role.ARTIST),
    "City Clip": (Kind.VIDEO, ("documentary",), ("city", "streets"), Role.CHANNEL),
}


def make_library() -> dict[str, Item]:
    """Five groups of twelve items that share genres, tags and makers inside a group and nothing across; by title."""
    items: dict[str, Item] = {}
    for group, (kind, genres, tags, role) in GROUPS.items():
        makers = [make_contributor(f"{group} Maker {letter}") for letter in "ABC"]
        for number in range(1, EACH + 1):
            title = f"{group} {number}"
            item = Item.objects.create(
                kind=kind,
                title=title,
                title_key=title.lower(),
                year=1960 + 4 * number,
                genres=list(genres),
                tags=list(tags),
                runtime_seconds=7200 if kind == Kind.FILM else 240,
                popularity=number / (EACH + 1),
            )
            Credit.objects.create(item=item, contributor=makers[number % 3], role=role)
            items[title] = item
    return items


def make_contributor(name: str) -> Contributor:
    contributor, _ = Contributor.objects.get_or_create(name_key=name.lower(), defaults={"name": name})
    return contributor


def make_ana() -> Person:
    return _make_person("ana", "Ana", likes="Slow Film")


def make_bo() -> Person:
    return _make_person("bo", "Bo", likes="Loud Song")


def make_cy() -> Person:
    return _make_person("cy", "Cy")


def _make_person(username: str, name: str, likes: str = "") -> Person:
    """Finishes the first half of the group liked, one a day; the library must be there."""
    person = Person.objects.create_user(username, password="a long password", first_name=name)
    for number in range(1, EACH // 2 + 1) if likes else ():
        Interaction.objects.create(
            person=person,
            item=Item.objects.get(title=f"{likes} {number}"),
            what=InteractionType.FINISHED,
            progress=1.0,
            occurred_at=START + timedelta(days=number),
        )
    return person
