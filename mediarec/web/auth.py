"""Who is signed in, as our own Person; every view behind the login starts here."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from mediarec.library.models import Person


def current_person(request: HttpRequest) -> Person:
    """The middleware lets nobody else through, so this only names the type."""
    return cast(Person, request.user)


def require_staff(request: HttpRequest) -> Person:
    """An administrator; anybody else is refused."""
    person = current_person(request)
    if not person.is_staff:
        raise PermissionDenied("Only an administrator can do that.")
    return person
