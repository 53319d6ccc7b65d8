"""Stars as a person sees them (0.5 to 5) and as they are kept (0..1)."""

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction, InteractionType

STARS = 5
HALF_STEPS = tuple(step / 2 for step in range(1, STARS * 2 + 1))  # 0.5, 1.0, ... 5.0


def read_stars(given: str) -> float:
    """ "3.5" -> 0.7; raises NotUnderstoodError for anything that is not a half step."""
    try:
        stars = float(given)
    except ValueError:
        stars = 0.0
    if stars not in HALF_STEPS:
        raise NotUnderstoodError("A rating is between half a star and five stars, in half steps.")
    return stars / STARS


def find_stars(person_id: int, item_id: int) -> float | None:
    """The newest rating a person gave, in stars rounded to the half step that can be shown."""
    value = (
        Interaction.objects.filter(
            person_id=person_id, item_id=item_id, what=InteractionType.RATED, withdrawn_at__isnull=True
        )
        .order_by("-occurred_at", "-pk")
        .values_list("value", flat=True)
        .first()
    )
    return None if value is None else round(value * STARS * 2) / 2
