"""A person's wishes, password and keys; for who keeps the installation also people and the demo."""

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import demo
from mediarec.library.errors import NotFoundError
from mediarec.library.models import ImportBatch, Person
from mediarec.library.ownership import Ownership
from mediarec.web.auth import current_person, require_staff
from mediarec.web.forms import PersonForm, WishesForm
from mediarec.web.tokens import create_token, revoke_token
from worker import dispatch

BACKEND = "django.contrib.auth.backends.ModelBackend"
VISITED_FROM = "visited-from"
FIRST_KEY = "new-api-key"  # the key is shown once, so it travels in the session to the next page and no further


@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    return _show(request)


def _show(request: HttpRequest, **refused: BaseForm) -> HttpResponse:
    """The page; a form that was refused stands open in it, with what was wrong beside each field."""
    person = current_person(request)
    context = {
        "form": WishesForm(instance=person),
        "password_form": PasswordChangeForm(person),
        "tokens": person.api_tokens.order_by("-created_at"),
        "new_key": request.session.pop(FIRST_KEY, ""),
        "people": Person.objects.order_by("username") if person.is_staff else [],
        "person_form": PersonForm(),
        "has_demo": ImportBatch.objects.filter(is_demo=True, undone_at__isnull=True).exists(),
        "ownerships": Ownership.choices,
        **refused,
    }
    return render(request, "settings.html", context, status=400 if refused else 200)


@require_POST
def settings_wishes(request: HttpRequest) -> HttpResponse:
    form = WishesForm(request.POST, instance=current_person(request))
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
    else:
        messages.error(request, _say_problems(form))
    return redirect("settings")


@require_POST
def settings_password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(current_person(request), request.POST)
    if not form.is_valid():
        messages.error(request, "The password was not changed. See the messages next to the fields.")
        return _show(request, password_form=form)
    update_session_auth_hash(request, form.save())
    messages.success(request, "Password changed.")
    return redirect("settings")


@require_POST
def token_create(request: HttpRequest) -> HttpResponse:
    _, key = create_token(current_person(request), request.POST.get("name", ""))
    request.session[FIRST_KEY] = key
    return redirect(f"{reverse('settings')}#api")


@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    revoke_token(current_person(request).pk, token_id)
    messages.info(request, "The key has been revoked.")
    return redirect("settings")


@require_POST
def person_create(request: HttpRequest) -> HttpResponse:
    """Another member of the household, with a password of their own."""
    require_staff(request)
    form = PersonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nobody was added. See the messages next to the fields.")
        return _show(request, person_form=form)
    person = form.save()
    messages.success(request, f"{person.shown_name} can sign in now.")
    return redirect(f"{reverse('settings')}#people")


@require_POST
def demo_load(request: HttpRequest) -> HttpResponse:
    require_staff(request)
    dispatch.enqueue_demo()
    messages.success(request, "The demo is being loaded, which takes about a minute. You can remove it with one click.")
    return redirect("home")


@require_POST
def demo_remove(request: HttpRequest) -> HttpResponse:
    require_staff(request)
    demo.remove_demo()
    messages.success(request, "The demo has been removed.")
    return redirect("settings")


@require_POST
def demo_visit(request: HttpRequest) -> HttpResponse:
    """The keeper looks at everything as one of the demo's people would; nobody else can be visited."""
    keeper = require_staff(request)
    visited = Person.objects.filter(pk=request.POST.get("person") or 0, is_demo=True, is_active=True).first()
    if visited is None:
        raise NotFoundError("You can only view mediarec as one of the demo’s people.")
    login(request, visited, backend=BACKEND)
    request.session[VISITED_FROM] = keeper.pk
    messages.info(request, f"You are now viewing this as {visited.shown_name} from the demo.")
    return redirect("home")


@require_POST
def demo_leave(request: HttpRequest) -> HttpResponse:
    """Back to who visited; the session alone knows who that was."""
    keeper = Person.objects.filter(pk=request.session.get(VISITED_FROM, 0), is_active=True, is_staff=True).first()
    if keeper is None or not current_person(request).is_demo:
        return redirect("home")
    login(request, keeper, backend=BACKEND)
    return redirect("home")


def _say_problems(form: BaseForm) -> str:
    return " ".join(str(problem) for problems in form.errors.values() for problem in problems)
