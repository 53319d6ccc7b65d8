"""Signing in and out, and the first-run link that makes the owner's account."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mediarec.library.models import Person
from mediarec.web.forms import PersonForm
from mediarec.web.pages.errors import show_error
from worker import setup as first_run

BACKEND = "django.contrib.auth.backends.ModelBackend"


class PersonLogin(LoginView):
    template_name = "login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_first_run = not Person.objects.filter(is_active=True, is_demo=False).exists()
        return {**super().get_context_data(**kwargs), "is_first_run": is_first_run}


def refuse_for_now(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    """In place of the login page, after so many wrong passwords that somebody seems to be guessing."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    sentence = f"Too many wrong passwords for this name. Try again in {minutes} minutes."
    advice = "An administrator can set a new password: manage.py changepassword NAME."
    return show_error(request, 429, sentence, advice, title="Please wait")


class PersonLogout(LogoutView):
    http_method_names = ["post", "options"]


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """A link that was used or never existed raises NotFoundError, whose sentence says how to get another."""
    first_run.check(token)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        owner = first_run.redeem(token, given["username"], given["password1"], given["first_name"])
        login(request, owner, backend=BACKEND)
        messages.success(request, f"Welcome, {owner.shown_name}.")
        return redirect("home")
    first_run.check(token)  # somebody may have used it meanwhile: then a name that is taken is not what is wrong
    return render(request, "setup.html", {"form": form}, status=400 if form.errors else 200)
