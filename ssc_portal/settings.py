"""Settings of SSC Portal: one file; the environment changes values, never structure.

Every variable is listed in ``docs/operations.md``. In production nothing has a default that would be unsafe:
a missing or weak value stops the start and says which one, never its value (``ssc_portal/checks.py``).
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from ssc_portal import embedded
from ssc_portal.checks import refuse_unsafe_values
from ssc_portal.mail_url import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent


def _list(name, default=""):
    """The comma-separated values of the environment variable ``name``."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def _secret_key(var_dir):
    """A key made once for this copy of the portal, so that development sessions survive a restart."""
    path = var_dir / "secret-key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret-key.{os.getpid()}")
        with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):  # another process was quicker
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


# Which portal is this?
# development: make run. test: make test. test-production: production settings over plain http on loopback. production.
DJANGO_ENV = os.environ.get("DJANGO_ENV", "development")
if DJANGO_ENV not in {"development", "test", "test-production", "production"}:
    raise ImproperlyConfigured("DJANGO_ENV is none of: development, test, test-production, production.")
IS_PRODUCTION = DJANGO_ENV == "production"
IS_HARDENED = DJANGO_ENV in {"production", "test-production"}
VAR_DIR = Path(os.environ.get("SSC_VAR_DIR", BASE_DIR / "var"))
DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "") if IS_PRODUCTION else os.environ.get("SECRET_KEY") or _secret_key(VAR_DIR)
# Keys that signed until the last change: what they signed is still believed, nothing new is signed with them.
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS")
PORT = int(os.environ.get("PORT", "8000"))
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "" if IS_PRODUCTION else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS")
SITE_URL = os.environ.get("SITE_URL", "" if IS_PRODUCTION else f"http://localhost:{PORT}").rstrip("/")
START_TOKEN = os.environ.get("SSC_START_TOKEN", "")
DEMO_PASSWORD = os.environ.get("SSC_DEMO_PASSWORD", "south-south")
SECURITY_CONTACT = os.environ.get("SSC_SECURITY_CONTACT", "mailto:security@ssc-portal.example")
CONTACT_EMAIL = os.environ.get("SSC_CONTACT_EMAIL", "contact@ssc-portal.example")
# Who publishes in aid registers; a publisher of IATI writes its registered identifier here.
IATI_REPORTER = os.environ.get("SSC_IATI_REPORTER", "SSC-PORTAL")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "countries",
    "accounts",
    "practices",
    "exchanges",
    "ssc_portal",
]

MIDDLEWARE = [
    "ssc_portal.middleware.RequestIdMiddleware",
    "ssc_portal.request_log.RequestLogMiddleware",
    "ssc_portal.metrics.requests.RequestCountMiddleware",
    "ssc_portal.middleware.SecurityHeadersMiddleware",
    "ssc_portal.cross_origin.CrossOriginMiddleware",
    "ssc_portal.deprecation.DeprecationMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ssc_portal.middleware.WellFormedRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ssc_portal.middleware.LanguageMiddleware",
    "ssc_portal.throttling.ThrottleMiddleware",
    "ssc_portal.caching.PublicCacheMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ssc_portal.middleware.SessionLifetimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ssc_portal.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ssc_portal.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "ssc_portal.urls"
WSGI_APPLICATION = "ssc_portal.wsgi.application"
APPEND_SLASH = True

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
                "ssc_portal.context.portal",
            ],
        },
    },
]

# Databases: the web and the worker use a role that owns nothing; migrations use the owner.
_role = os.environ.get("SSC_DATABASE_ROLE", "app")
_default_url = os.environ.get("DATABASE_URL") or embedded.database_url(VAR_DIR, role=_role)
if _role == "owner":
    _default_url = os.environ.get("DATABASE_OWNER_URL") or _default_url
DATABASES = {"default": dj_database_url.parse(_default_url, conn_max_age=600, conn_health_checks=True)}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "application_name": "ssc_portal",
    # How alike two words must be for one to count as a misspelling of the other (practices/search.py).
    "options": f"{os.environ.get('PGOPTIONS', '')} -c pg_trgm.word_similarity_threshold=0.5".strip(),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis protocol, twice: the queue, and a cache of its own, so that a full cache never stops the queue.
REDIS_URL = os.environ.get("REDIS_URL") or embedded.broker_url(VAR_DIR)
CACHE_URL = os.environ.get("CACHE_URL") or os.environ.get("REDIS_URL") or embedded.cache_url(VAR_DIR)
_cache = {"LOCATION": CACHE_URL, "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1}}
CACHES = {
    "default": {"BACKEND": "ssc_portal.cache_backend.ResilientRedisCache", **_cache},
    "answers": {"BACKEND": "ssc_portal.cache_backend.ForgetfulRedisCache", "KEY_PREFIX": "answers", **_cache},
}
# How long a whole answer to an anonymous reader is kept (ssc_portal/kept_answers.py); 0 keeps none. In tests none:
# what a test undoes takes the public serial back, and it comes again with other rows.
ANSWERS_KEPT_SECONDS = 0 if DJANGO_ENV == "test" else 600

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Briefs take seconds each, and nobody waits for them: 0, which all others have, goes first; webhooks go to machines.
# And no task is taken before it can be begun, or mail would wait behind the briefs that were.
CELERY_TASK_ROUTES = {
    "practices.tasks.make_briefs": {"priority": 9},
    "accounts.tasks.deliver_webhooks": {"priority": 6},
    "accounts.tasks.sweep_webhooks": {"priority": 6},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who queues does not wait for a queue that is away; the worker keeps trying by rules of its own.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-outbox": {"task": "accounts.tasks.sweep_outbox", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-webhooks": {"task": "accounts.tasks.sweep_webhooks", "schedule": 10.0, "options": {"expires": 10}},
    # Morning comes at a quarter of an hour everywhere on earth.
    "daily-mail": {"task": "accounts.tasks.send_daily_mail", "schedule": crontab(minute="*/15")},
    "forget-unfinished": {"task": "accounts.tasks.forget_unfinished", "schedule": crontab(hour=4, minute=0)},
    "forget-answers": {"task": "accounts.tasks.forget_answers", "schedule": crontab(minute=35)},
    "remind": {"task": "practices.tasks.remind", "schedule": crontab(minute=15)},
    "remind-exchanges": {"task": "exchanges.tasks.remind", "schedule": crontab(minute=20)},
    "relate": {"task": "practices.tasks.relate", "schedule": crontab(minute=45), "args": [[]]},
    "check-validity": {"task": "practices.tasks.check_validity", "schedule": crontab(hour=2, minute=0)},
    "write-dump": {"task": "ssc_portal.tasks.write_dump", "schedule": crontab(hour=1, minute=10)},
    "prepare-files": {"task": "practices.tasks.prepare_files", "schedule": 30.0, "options": {"expires": 30}},
    "sweep-files": {"task": "practices.tasks.sweep_files", "schedule": crontab(minute=25)},
    "check-consents": {"task": "practices.tasks.check_consents", "schedule": crontab(hour=0, minute=5)},
    "exchanges-daily": {"task": "exchanges.tasks.daily", "schedule": crontab(hour=3, minute=0)},
    # Three days, so that a night without a worker costs no month.
    "monthly-figures": {
        "task": "exchanges.tasks.monthly_figures",
        "schedule": crontab(day_of_month="1-3", hour=0, minute=40),
    },
}
CELERY_TIMEZONE = "UTC"

# People
AUTH_USER_MODEL = "accounts.User"
# One backend, so that a wrong password costs one hash whether or not the account exists.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "accounts.passwords.CommonValidator"},
    {"NAME": "accounts.passwords.PortalWordsValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
PASSWORD_RESET_TIMEOUT = 30 * 60
# Django's own: the package's would keep a second copy of the person's address.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
    "reset_password": "accounts.forms.ForgottenForm",
    "user_token": "accounts.forms.LinkForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# How long a password or a code that was just given also opens what is sensitive: factors, addresses, roles.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Signing in, per address of the network ("ip") and per account ("key"); visitors who write to a country, per address
# and, from all addresses together, per country ("key"); passwords tried to erase an account, per person.
ACCOUNT_RATE_LIMITS = {
    "login": "60/15m/ip",
    "login_failed": "30/15m/ip,100/d/key",
    "login_failed_here": "10/15m/key",  # per account and address of the network
    "login_failed_at_home": "10/15m/key,100/d/key",  # per account and device that it was signed in to before
    "reset_password": "20/15m/ip,5/15m/key",
    "address": "5/h/key",
    "apply": "10/d/ip,3/d/key",
    "second_factor": "10/15m/key,100/d/key",
    "contact": "10/d/ip,100/d/key",
    "erase": "10/15m/user",
    "webhook": "60/h/user",  # sent because somebody pressed a button
}
# How many proxies of our own stand in front: their last entries in X-Forwarded-For are to be trusted, no others.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("SSC_TRUSTED_PROXIES", "1" if IS_PRODUCTION else "0"))

# A second factor: a code of an app or a passkey, demanded of some (ssc_portal/middleware.py) where the portal is real.
# Recovery codes are the portal's own (accounts/second_factor.py), for the package keeps what they are made from.
SECOND_FACTOR_DEMANDED = IS_HARDENED
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_TOTP_ISSUER = "SSC Portal"
MFA_TOTP_TOLERANCE = 1  # a clock may be wrong, or a finger slow, by 30 s
MFA_FORMS = {
    "activate_totp": "accounts.forms.AppForm",
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
    "authenticate_webauthn": "accounts.forms.PasskeyCodeForm",
    "login_webauthn": "accounts.forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "60/15m/ip"}  # a key cannot be guessed: as many as forms with a password
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever has an account was written to at its address
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION

# Signing in elsewhere, by OpenID Connect: for people who have an account, found by an address that was verified there.
OIDC_ISSUER = os.environ.get("SSC_OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = os.environ.get("SSC_OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_ADAPTER = "accounts.adapter.ElsewhereAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "elsewhere",
                "name": OIDC_NAME,
                "client_id": os.environ.get("SSC_OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("SSC_OIDC_SECRET", ""),
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_ISSUER
        else []
    }
}

# Mail: every message is a row of the outbox first. Without a server, outside production, files stand for what was sent.
EMAIL_URL = os.environ.get("EMAIL_URL") or (
    "smtp://localhost:25" if IS_PRODUCTION else (VAR_DIR / "mail").absolute().as_uri()
)
globals().update(mail_settings(EMAIL_URL))
DEFAULT_FROM_EMAIL = f"SSC Portal <{CONTACT_EMAIL}>"
BOUNCE_EMAIL = os.environ.get("SSC_BOUNCE_EMAIL", CONTACT_EMAIL)

# How many messages a worker sends at the same time: while one waits for a server, the others go on. In tests one, in
# the test's own transaction.
SENDERS = 1 if DJANGO_ENV == "test" else 4
# Webhooks: outside production, hosts with ports that they may reach although nobody on the internet does, and a name
# server (host:port) that is asked instead of the system's.
WEBHOOK_ALLOW = _list("SSC_WEBHOOK_ALLOW")
RESOLVER = os.environ.get("SSC_RESOLVER", "")

# Languages: in the address, English without a prefix.
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("pt", _("Portuguese")),
    ("ar", _("Arabic")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["ssc_portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "media"))
FILE_UPLOAD_HANDLERS = ["practices.files.storage.IncomingHandler"]
# One file in bytes, and a request with some of them; the proxy's limit is the same (docker/nginx.conf).
FILE_LIMIT, REQUEST_LIMIT = 25 * 1024 * 1024, 30 * 1024 * 1024
# A person and a case study: so many files, so many bytes; a person's are counted by the day.
FILES_QUOTA, BYTES_QUOTA = 200, 500 * 1024 * 1024
# host:port or the path of a socket of clamd, which then looks at every file before anybody is shown it.
CLAMD = os.environ.get("SSC_CLAMD", "")
STORAGES = {
    "default": {"BACKEND": "practices.files.storage.WholeFileStorage"},
    "staticfiles": {
        # Tests read the files where they lie; everywhere else they are collected, hashed and compressed first.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DJANGO_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Collecting takes a quarter of the time without the copies and maps that no page refers to.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map", "ttf"]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# Safety
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_PRODUCTION else "csrftoken"
DEVICE_COOKIE_NAME = "__Host-device" if IS_PRODUCTION else "device"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
QUERY_STRING_LIMIT = 8 * 1024
CSRF_FAILURE_VIEW = "ssc_portal.problems.csrf_failure"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DJANGO_ENV == "test"

# The one inline line that chooses light or dark before the first paint (templates/partials/theme_line.html).
THEME_LINE_HASH = "'sha256-BZKzNyvow2fPFs1jCRSHI/GNw5lPo/ZXjI6jZ/Wfzvk='"
# A nonce appears only where a template asks for it: on signed-in pages, the desk and the API docs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, THEME_LINE_HASH, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Browsers hold the answer to a form to it too, and signing in elsewhere begins with one.
        "form-action": [SELF, *([f"https://{urlsplit(OIDC_ISSUER).netloc}"] if OIDC_ISSUER else [])],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}

# The API
# Requests a minute to what is made for programs, of each network address and of each key (ssc_portal/throttling.py).
# Tests ask all their questions from one address.
API_RATE_ANON = max(1, int(os.environ.get("SSC_API_RATE_ANON") or (1_000_000 if DJANGO_ENV == "test" else 600)))
API_RATE_KEY = max(1, int(os.environ.get("SSC_API_RATE_KEY") or (1_000_000 if DJANGO_ENV == "test" else 6_000)))
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["countries.api.renderers.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "countries.api.renderers.FormatNegotiation",
    # Who reads shows a key or is nobody, whatever cookies come along, so that answers can be kept by all caches.
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_PARSER_CLASSES": ["countries.api.bodies.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ssc_portal.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SSC Portal",
    "DESCRIPTION": (
        "Good practices for children that countries of the global South have tried, with results and sources. Reading "
        "needs no key. Every answer carries an `ETag`; send it back as `If-None-Match` and get an empty 304 until "
        "something has been published. A parameter with an empty value counts as none. Errors are problem details "
        "(RFC 9457). Texts are licensed CC BY 4.0 unless the practice says otherwise."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": False,
    "TAGS": [
        {"name": "practices", "description": "Good practices: lists, search, counts, and each one in full."},
        {"name": "countries", "description": "Countries and the groups that they belong to."},
        {"name": "indicators", "description": "What is measured of countries, and the figures."},
        {"name": "exchanges", "description": "Exchanges between countries, under way, completed and recorded."},
        {"name": "offers", "description": "What countries offer to others."},
        {"name": "needs", "description": "What countries ask for."},
        {"name": "funds", "description": "Funds and standing mechanisms, with their calls."},
        {"name": "projects", "description": "What funds pay for, from money to people."},
        {"name": "areas", "description": "The six challenge areas."},
        {"name": "topics", "description": "Topics under each area."},
        {"name": "sdg-targets", "description": "Targets of the Sustainable Development Goals."},
        {"name": "submissions", "description": "Case studies on their way: writing, files, sending."},
        {"name": "assistance", "description": "Offers, needs and matches of one's own countries: write, open, answer."},
        {"name": "reviews", "description": "For curators: the queue, reviews and decisions."},
        {"name": "webhooks", "description": "Addresses of your own systems that are told what becomes public."},
        {"name": "impact", "description": "What sharing adds up to: figures, and the rows behind them."},
        {
            "name": "dump",
            "description": "Everything at once: nightly files, and the catalogue of what there is.",
        },
    ],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "countries.api.documentation.describe_parts",
        "ssc_portal.deprecation.mark_deprecated",
        "ssc_portal.api_docs.show_answers",
        "ssc_portal.api_docs.link_lists",
    ],
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "practices.enums.Language.values",
        "PracticeKindEnum": "practices.enums.Kind.values",
        "LessonKindEnum": "practices.enums.LessonKind.values",
        "LinkKindEnum": "practices.enums.LinkKind.values",
        "TranslationOriginEnum": "practices.enums.TranslationOrigin.values",
        "MatchOriginEnum": "exchanges.enums.MatchOrigin.values",
        "EvaluationTypeEnum": "practices.enums.EvaluationType.values",
        "SubmissionStatusEnum": "practices.enums.SubmissionStatus.values",
        "ChangeRequestStatusEnum": "practices.enums.RequestStatus.values",
        "SubmissionEventKindEnum": "practices.enums.EventKind.values",
        "FileKindEnum": "practices.enums.FileKind.values",
        "ConsentKindEnum": "practices.enums.ConsentKind.values",
        "ExchangeEventKindEnum": "exchanges.enums.EventKind.values",
        "AnswerEnum": "exchanges.enums.Answer.values",
        "ExchangeStatusEnum": "exchanges.enums.ExchangeStatus.values",
        "OfferStatusEnum": "exchanges.enums.OfferStatus.values",
        "NeedStatusEnum": "exchanges.enums.NeedStatus.values",
        "WebhookStatusEnum": "accounts.enums.WebhookStatus.values",
        "WebhookKindEnum": "accounts.enums.WebhookKind.values",
        "MilestoneStatusEnum": "exchanges.enums.MilestoneStatus.values",
        "ProjectStatusEnum": "exchanges.enums.ProjectStatus.values",
        "ContributionKindEnum": "exchanges.enums.ContributionKind.values",
        "ModalityEnum": "exchanges.enums.Modality.values",
        "RegionEnum": "countries.enums.UnicefRegion.values",
        "IncomeGroupEnum": "countries.enums.IncomeGroup.values",
    },
}

# Figures for a monitoring system, on a port of their own; 0: nothing is counted (ssc_portal/metrics/).
METRICS_PORT = int(os.environ.get("SSC_METRICS_PORT") or 0)
METRICS_BIND = os.environ.get("SSC_METRICS_BIND", "127.0.0.1")
METRICS_DIR = VAR_DIR / "run" / "metrics"
if METRICS_PORT:  # read by prometheus_client when it is imported: each process counts into a file of its own
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(METRICS_DIR))

# One line per event (ssc_portal/log_lines.py): JSON where programs read it, words on a developer's own machine.
LOG_FORMAT = os.environ.get("LOG_FORMAT") or ("json" if IS_HARDENED else "plain")
if LOG_FORMAT not in {"json", "plain"}:
    raise ImproperlyConfigured("LOG_FORMAT is none of: json, plain.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "ssc_portal.request_ids.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "ssc_portal.log_lines.JsonLines"},
        "plain": {"()": "ssc_portal.log_lines.PlainLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers would write what is refused a second time, and not in our lines.
        "django": {"handlers": [], "propagate": True},
        "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Every request and every task has one line already: of these, only what failed.
        "django.request": {"level": "ERROR"},
        **{name: {"level": "WARNING"} for name in ("celery.app.trace", "celery.worker.strategy")},
        # Where webhooks go is nobody's to read in a log.
        "httpx": {"level": "WARNING"},
        # These tell every step of every brief, and of every brief which rules they leave out.
        **{name: {"level": "ERROR"} for name in ("weasyprint", "fontTools")},
    },
}

refuse_unsafe_values(globals())
