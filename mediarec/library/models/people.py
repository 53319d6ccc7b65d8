"""The household's accounts, API tokens and the setup link."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from mediarec.library.ownership import Ownership


class Person(AbstractUser):
    """One member of the household. `novelty` and `ownership` are defaults for every request."""

    novelty = models.FloatField(default=0.3, help_text="0 familiar .. 1 adventurous")
    ownership = models.CharField(max_length=10, choices=Ownership, default=Ownership.ANY)
    is_demo = models.BooleanField(default=False)

    class Meta(AbstractUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [models.CheckConstraint(condition=Q(novelty__range=(0, 1)), name="person_novelty_unit")]

    @property
    def shown_name(self) -> str:
        return self.first_name or self.username


class ApiToken(models.Model):
    """An API token. Only its digest is stored; the token is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class SetupLink(models.Model):
    """The one-time first-run link that creates the owner's account, stored as a digest."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"setup link of {self.created_at:%Y-%m-%d}"
