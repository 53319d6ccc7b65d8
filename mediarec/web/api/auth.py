"""Authentication of API requests by a key. Knows nothing of how keys are made or stored."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from mediarec.library.models import Person
from mediarec.web import tokens


class TokenAuth(HttpBearer):
    """`Authorization: Bearer mr_...`"""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        person = tokens.find_person(token)
        if person is not None:
            request.user = person
        return person
