"""Contributors (people and bands) by normalised name."""

from collections.abc import Iterable

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor


def find_contributors(names: Iterable[str]) -> dict[str, Contributor]:
    """Contributors for these names by normalised name, created where missing."""
    names_by_key = {normalise_title(name): name for name in names if normalise_title(name)}
    Contributor.objects.bulk_create(
        [Contributor(name=name, name_key=key) for key, name in sorted(names_by_key.items())], ignore_conflicts=True
    )
    return {person.name_key: person for person in Contributor.objects.filter(name_key__in=names_by_key)}
