"""The first-run link: whoever holds it creates the owner's account, once."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from mediarec.library.advisory_locks import OWNER, wait_for_transaction_lock
from mediarec.library.errors import NotFoundError
from mediarec.library.models import Person, SetupLink


def has_owner() -> bool:
    return Person.objects.filter(is_superuser=True, is_active=True).exists()


def create_setup_link() -> str:
    """A fresh token; those of before stop working, so only the last printed link opens the door."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        wait_for_transaction_lock(OWNER)
        SetupLink.objects.filter(used_at__isnull=True).delete()
        SetupLink.objects.create(digest=_digest(token))
    return token


def check(token: str) -> SetupLink:
    """Raises NotFoundError with a sentence for a wrong or used link."""
    link = SetupLink.objects.filter(digest=_digest(token), used_at__isnull=True).first()
    if link is None or has_owner():
        raise NotFoundError("This link was used already or is not valid. `manage.py setup_link` prints a new one.")
    return link


@transaction.atomic
def redeem(token: str, username: str, password: str, name: str = "") -> Person:
    """Creates the owner and uses the link up, together or not at all. Raises NotFoundError as `check` does.

    Of several at once the first makes the owner. The others wait for it and are checked after it has finished, whether
    they hold the same link or another: what was true before the lock says nothing.
    """
    wait_for_transaction_lock(OWNER)
    link = check(token)
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    return Person.objects.create_superuser(username, password=password, first_name=name)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
