"""The door for the web server."""

from django.conf import settings
from django.core.asgi import get_asgi_application

from mediarec import env

env.set_default("DJANGO_SETTINGS_MODULE", "mediarec.settings")
# Every request has a thread of its own here, so what a thread keeps is never taken up again: connections are shared.
# Workers keep one each instead: they fork, and a pool does not survive that.
settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 12, "timeout": 3}

application = get_asgi_application()
