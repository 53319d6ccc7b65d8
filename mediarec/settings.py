"""Wiring, and the only reader of what is configured. Every variable stands in .env.example in the same order."""

import secrets
from datetime import timedelta
from pathlib import Path

import dj_database_url

from mediarec import env

BASE_DIR = Path(__file__).resolve().parent.parent

# Where all state lives: database, broker, artwork, logs, trained weights.
MEDIAREC_HOME = env.read_path("MEDIAREC_HOME", BASE_DIR / "var")

# Addresses that replace embedded parts. Empty: `manage.py` starts the embedded one.
DATABASE_URL = env.read_str("DATABASE_URL")
BROKER_URL = env.read_str("BROKER_URL")
LLM_URL = env.read_str("LLM_URL")
LLM_MODEL = env.read_str("LLM_MODEL", "local")
LLM_API_KEY = env.read_str("LLM_API_KEY")

# Where the pages listen.
MEDIAREC_HOST = env.read_str("MEDIAREC_HOST", "127.0.0.1")
MEDIAREC_PORT = env.read_int("MEDIAREC_PORT", 8333)
MEDIAREC_PUBLIC_HOSTS = env.read_list("MEDIAREC_PUBLIC_HOSTS")
MEDIAREC_HTTPS = env.read_bool("MEDIAREC_HTTPS", default=False)
MEDIAREC_OPEN_BROWSER = env.read_bool("MEDIAREC_OPEN_BROWSER", default=True)
DEBUG = env.read_bool("MEDIAREC_DEBUG", default=False)

# Models. Empty: the registry takes what this machine can run offline.
OPEN_CLIP_MODEL = env.read_str("MEDIAREC_OPEN_CLIP_MODEL")
OPEN_CLIP_WEIGHTS = env.read_str("MEDIAREC_OPEN_CLIP_WEIGHTS")
CLAP_WEIGHTS = env.read_str("MEDIAREC_CLAP_WEIGHTS")
LLM_GGUF = env.read_str("MEDIAREC_LLM_GGUF")
LLM_REORDERS = env.read_bool("MEDIAREC_LLM_REORDERS", default=False)
INSTALL_LLM = env.read_bool("MEDIAREC_INSTALL_LLM", default=True)
ALLOW_MODEL_DOWNLOADS = env.read_bool("MEDIAREC_ALLOW_MODEL_DOWNLOADS", default=False)

# One dotted path per slot and backend, best first; the registry loads the first that this machine can run.
MODEL_SLOTS: dict[str, list[str]] = {
    "text": ["recommender.encoders.text_minilm.MiniLMTextEncoder"],
    "image": [
        "recommender.encoders.image_clip.OpenClipImageEncoder",
        "recommender.encoders.image_efficientnet.EfficientNetImageEncoder",
    ],
    "audio": [
        "recommender.encoders.sound_clap.ClapSoundEncoder",
        "recommender.encoders.audio_descriptors.AudioDescriptorEncoder",
    ],
    "llm": ["recommender.llm.openai_http.OpenAIHttpGenerator"],
}


def _read_secret_key() -> str:
    """A key of this installation's own, made on first use and readable by its owner alone."""
    given = env.read_str("MEDIAREC_SECRET_KEY")
    path = MEDIAREC_HOME / "secret-key"
    if given:
        return given
    try:
        if not path.exists():
            MEDIAREC_HOME.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text().strip() or secrets.token_urlsafe(50)
    except OSError:  # `manage.py` says in a sentence that the home cannot be written
        return secrets.token_urlsafe(50)


SECRET_KEY = _read_secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *MEDIAREC_PUBLIC_HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in MEDIAREC_PUBLIC_HOSTS if host != "*"]
if MEDIAREC_HOST not in {"127.0.0.1", "localhost", "0.0.0.0"}:  # noqa: S104 - compared, not bound
    ALLOWED_HOSTS.append(MEDIAREC_HOST)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_htmx",
    "ninja",  # its documentation page is then served from here, not from another host
    "mediarec.library",
    "recommender",
    "worker",
    "mediarec.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mediarec.web.middleware.SignInFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mediarec.web.middleware.ErrorSentenceMiddleware",
    "mediarec.web.middleware.ContentSecurityPolicyMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mediarec.urls"
ASGI_APPLICATION = "mediarec.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mediarec.web.context.shell",
            ],
        },
    },
]

DATABASES = {
    "default": dj_database_url.parse(
        # Without an address the embedded server's socket folder is not known yet; manage.py sets it before this runs.
        DATABASE_URL or f"postgresql://postgres@/mediarec?host={MEDIAREC_HOME / 'postgres'}",
        # Kept by no thread: the web server has one for each request, and shares connections instead (asgi.py).
        conn_max_age=0,
        conn_health_checks=True,
    )
}
DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "connect_timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "library.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Whoever guesses passwords has to wait: for one name from one address, so that nobody can shut another person out.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "mediarec.web.pages.accounts.refuse_for_now"
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MEDIAREC_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if MEDIAREC_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "mediarec.web.pages.errors.csrf_refused"

LANGUAGE_CODE = "en"
TIME_ZONE = env.read_str("MEDIAREC_TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = MEDIAREC_HOME / "static"
WHITENOISE_USE_FINDERS = True
ARTWORK_ROOT = MEDIAREC_HOME / "artwork"
UPLOADS_ROOT = MEDIAREC_HOME / "uploads"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

CELERY_BROKER_URL = BROKER_URL or "redis://127.0.0.1:8334/0"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"worker.tasks.enrichment.*": {"queue": "models"}, "worker.tasks.training.*": {"queue": "models"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 60 * 60, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "worker.tasks.maintenance.sweep", "schedule": 30.0, "options": {"expires": 25}},
    "rescan": {"task": "worker.tasks.folder_sync.rescan_due", "schedule": 60.0, "options": {"expires": 55}},
    "taste": {"task": "worker.tasks.maintenance.refresh_taste", "schedule": 15 * 60.0, "options": {"expires": 600}},
    "prune": {"task": "worker.tasks.maintenance.prune", "schedule": 24 * 3600.0},
    "training": {"task": "worker.tasks.training.train_household", "schedule": 7 * 24 * 3600.0},
}

UNFOLD = {
    "SITE_TITLE": "mediarec",
    "SITE_HEADER": "mediarec",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}icons/logo.svg"}],
    "BORDER_RADIUS": "10px",
    "SHOW_VIEW_ON_SITE": False,
    # The pages' saffron, from pale to deep.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .03 88)",
            "100": "oklch(95% .045 88)",
            "200": "oklch(91% .08 86)",
            "300": "oklch(87% .12 85)",
            "400": "oklch(85% .15 84)",
            "500": "oklch(78% .15 80)",
            "600": "oklch(56% .12 70)",
            "700": "oklch(50% .11 68)",
            "800": "oklch(42% .09 66)",
            "900": "oklch(34% .07 64)",
            "950": "oklch(25% .05 62)",
        }
    },
    "SIDEBAR": {"show_search": True, "navigation": "mediarec.web.admin.navigation.list_links"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"setup_tokens": {"()": "mediarec.log_filters.HideSetupTokens"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["setup_tokens"]}},
    "loggers": {"django": {"handlers": []}},  # its own would write the same line again, unfiltered
    "root": {"handlers": ["console"], "level": env.read_str("MEDIAREC_LOG_LEVEL", "WARNING")},
}
