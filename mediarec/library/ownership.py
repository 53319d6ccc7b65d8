"""The ownership filter. Knows no table, so that a request can hold it."""

from django.db.models import TextChoices


class Ownership(TextChoices):
    ANY = "any", "Everything"
    OWNED = "owned", "Only owned"
    NOT_OWNED = "not_owned", "Only not owned"
