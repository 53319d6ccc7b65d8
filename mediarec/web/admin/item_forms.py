"""The forms of the admin's items: one item with a picture of one's own, and what can be changed for many at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from mediarec.library.artwork import read_picture
from mediarec.library.errors import MediarecError
from mediarec.library.item_edits import MOST_PICTURE_BYTES
from mediarec.library.models import Item
from recommender.enrichment import descriptions

PICTURE_TYPES = "image/jpeg,image/png,image/webp"


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """`picture` and `description` are no columns of the item; the admin stores them."""

    picture = forms.FileField(
        required=False,
        label="Replace the artwork",
        help_text="A JPEG, PNG or WebP of at most 12 MB. Imports do not replace it.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": PICTURE_TYPES}),
    )
    description = forms.CharField(
        required=False,
        label="Description",
        help_text="Generated unless you write one. Your own text is never overwritten.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    class Meta:
        model = Item
        exclude = ["search"]  # noqa: DJ006 - derived from the others; all else is a keeper's to edit

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = descriptions.find_description(self.instance.pk) if self.instance.pk else None
        self.fields["description"].initial = found.text if found else ""

    def clean_picture(self) -> bytes | None:
        given: UploadedFile[bytes] | None = self.cleaned_data.get("picture")
        if not given:
            return None
        if (given.size or 0) > MOST_PICTURE_BYTES:
            raise forms.ValidationError("The picture is too large: at most 12 MB.")
        data: bytes = given.read()
        try:
            read_picture(data)
        except MediarecError as error:
            raise forms.ValidationError(str(error)) from error
        return data


class ManyItemsForm(forms.Form):
    """What a bulk edit can change; a field left empty changes nothing."""

    add_words = forms.CharField(required=False, label="Add tags", help_text="Separated by commas.",
                                widget=UnfoldAdminTextInputWidget())  # fmt: skip
    remove_words = forms.CharField(required=False, label="Remove tags and genres", help_text="Separated by commas.",
                                   widget=UnfoldAdminTextInputWidget())  # fmt: skip
    language = forms.CharField(required=False, max_length=16, label="Language", widget=UnfoldAdminTextInputWidget())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.values()):
            raise forms.ValidationError("Change at least one field.")
        return cleaned

    def apply(self, item: Item) -> list[str]:
        """Changes the item and returns the names of the fields that differ now."""
        before = (list(item.genres), list(item.tags), item.language)
        gone = {word.lower() for word in _split(self.cleaned_data["remove_words"])}
        item.genres = [word for word in item.genres if word.lower() not in gone]
        kept = [word for word in item.tags if word.lower() not in gone]
        item.tags = list(dict.fromkeys([*kept, *_split(self.cleaned_data["add_words"])]))
        item.language = self.cleaned_data["language"] or item.language
        after = (item.genres, item.tags, item.language)
        names = ("genres", "tags", "language")
        return [name for name, was, now in zip(names, before, after, strict=True) if was != now]


def _split(text: str) -> list[str]:
    return [" ".join(word.split()) for word in text.split(",") if word.strip()]
