"""Forms with rules of their own; everything simpler is read in the view."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import UserCreationForm

from mediarec.library.models import Person

if TYPE_CHECKING:  # generic for the type checker only
    PersonModelForm = forms.ModelForm[Person]
    PersonCreationForm = UserCreationForm[Person]
else:
    PersonModelForm, PersonCreationForm = forms.ModelForm, UserCreationForm


class WishesForm(PersonModelForm):
    class Meta:
        model = Person
        fields = ["first_name", "novelty", "ownership"]
        labels = {"first_name": "Display name", "novelty": "How adventurous", "ownership": "Recommend"}
        widgets = {"novelty": forms.NumberInput(attrs={"type": "range", "min": 0, "max": 1, "step": 0.05})}


class PersonForm(PersonCreationForm):
    """A member of the household. The password rules are the site's."""

    class Meta(UserCreationForm.Meta):
        model = Person
        fields = ("username", "first_name")

    def save(self, commit: bool = True) -> Any:
        return super().save(commit=commit)
