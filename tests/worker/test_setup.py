"""The first-run link: one use, one owner."""

import pytest

from mediarec.library.errors import NotFoundError
from mediarec.library.models import SetupLink
from worker import setup

pytestmark = pytest.mark.django_db


def test_the_link_creates_the_owner_once() -> None:
    token = setup.create_setup_link()
    owner = setup.redeem(token, "lea", "a long password", "Lea")
    assert owner.is_superuser
    assert setup.has_owner()
    with pytest.raises(NotFoundError, match="used already"):
        setup.redeem(token, "eve", "another password")


def test_only_the_last_link_opens_the_door() -> None:
    first, second = setup.create_setup_link(), setup.create_setup_link()
    with pytest.raises(NotFoundError):
        setup.check(first)
    assert setup.check(second).used_at is None


def test_the_token_itself_is_not_stored() -> None:
    token = setup.create_setup_link()
    assert token not in SetupLink.objects.get().digest
