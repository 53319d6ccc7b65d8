"""The door for the web server."""

import logging

from django.conf import settings
from django.core.asgi import get_asgi_application

from mediarec import env
from mediarec.log_filters import HideSetupTokens

env.set_default("DJANGO_SETTINGS_MODULE", "mediarec.settings")
# Every request has a thread of its own here, so what a thread keeps is never taken up again: connections are shared.
# Workers keep one each instead: they fork, and a pool does not survive that.
settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 12, "timeout": 3}
# The server's own log of requests, where it is switched on, does not go through the handlers of settings.LOGGING.
logging.getLogger("uvicorn.access").addFilter(HideSetupTokens())

application = get_asgi_application()
