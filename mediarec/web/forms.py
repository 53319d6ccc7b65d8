"""Forms with rules of their own; everything simpler is read in the view."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm

from mediarec.library.models import Person


class WishesForm(forms.ModelForm[Person]):
    class Meta:
        model = Person
        fields = ["first_name", "novelty", "ownership"]
        labels = {"first_name": "Name shown", "novelty": "How adventurous", "ownership": "Recommend"}
        widgets = {"novelty": forms.NumberInput(attrs={"type": "range", "min": 0, "max": 1, "step": 0.05})}


class PersonForm(UserCreationForm[Person]):
    """A member of the household. The password rules are the site's."""

    class Meta(UserCreationForm.Meta):
        model = Person
        fields = ("username", "first_name")

    def save(self, commit: bool = True) -> Any:
        return super().save(commit=commit)
