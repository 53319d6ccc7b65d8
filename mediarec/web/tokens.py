"""Keys for the API: made, looked up and revoked. Only digests are stored; a key is shown once, when it is made."""

import hashlib
import secrets

from django.utils import timezone

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import ApiToken, Person

TOKEN_PREFIX = "mr_"  # noqa: S105 - a prefix, so that leaked keys can be recognised


def create_token(person: Person, name: str) -> tuple[ApiToken, str]:
    """Returns the row and the key itself, which is never seen again."""
    cleaned = " ".join(name.split())[:80]
    if not cleaned:
        raise NotUnderstoodError("A key needs a name, for example the program that will use it.")
    key = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return ApiToken.objects.create(person=person, name=cleaned, digest=_digest(key)), key


def find_person(key: str) -> Person | None:
    """The active person whose key this is; notes that the key was used."""
    found = ApiToken.objects.select_related("person").filter(digest=_digest(key)).first()
    if found is None or not found.person.is_active:
        return None
    ApiToken.objects.filter(pk=found.pk).update(last_used_at=timezone.now())
    return found.person


def revoke_token(person_id: int, token_id: int) -> None:
    """Raises NotFoundError."""
    deleted, _ = ApiToken.objects.filter(pk=token_id, person_id=person_id).delete()
    if not deleted:
        raise NotFoundError("There is no such key.")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
