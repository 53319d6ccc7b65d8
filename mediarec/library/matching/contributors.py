"""Rows of people and bands by their normalised names."""

from collections.abc import Iterable

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor


def find_contributors(names: Iterable[str]) -> dict[str, Contributor]:
    """Rows for these names by normalised name, made where they are new."""
    wanted = {normalise_title(name): name for name in names if normalise_title(name)}
    Contributor.objects.bulk_create(
        [Contributor(name=name, name_key=key) for key, name in sorted(wanted.items())], ignore_conflicts=True
    )
    return {person.name_key: person for person in Contributor.objects.filter(name_key__in=wanted)}
