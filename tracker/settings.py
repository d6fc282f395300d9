"""Settings. Every value that differs between machines is read from the environment: docs/deploy/environment.md.

The defaults run on one machine without preparation: SQLite, debug pages, mail on the console.
DJANGO_DEBUG=0 is production: HTTPS unless refused, no key built in, log lines as JSON.
"""

import datetime as dt
from pathlib import Path

from csp.constants import NONE, SELF

from tracker import environment as read
from tracker import single_sign_on
from tracker.logs import logging_config

# ── Where things are ─────────────────────────────────────────────────────────
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(read.text("VAR_DIR", str(BASE_DIR / "var"))).absolute()
MEDIA_ROOT = Path(read.text("MEDIA_ROOT", str(VAR / "media"))).absolute()
# The end of the audit chain, kept outside the database; best on another disk or machine.
AUDIT_HEAD = Path(read.text("AUDIT_HEAD", str(VAR / "audit-head.log"))).absolute()
STATIC_ROOT = Path(read.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))).absolute()

# Whoever reads /metrics from another machine must send it (Authorization: Bearer …); without it only this machine may.
METRICS_TOKEN = read.text("METRICS_TOKEN", "")

# ── Backups ──────────────────────────────────────────────────────────────────
BACKUP_DIR = Path(read.text("BACKUP_DIR", str(VAR / "backups"))).absolute()
# 0: no backup by the clock (somebody else's backups take its place).
BACKUPS = read.flag("BACKUPS", default=True)
BACKUP_HOUR = read.count("BACKUP_HOUR", default=2, most=23)
# How many days, weeks and months back there is still one.
BACKUP_KEPT = (
    read.count("BACKUP_DAILY", default=7, least=1, most=366),
    read.count("BACKUP_WEEKLY", default=4, most=100),
    read.count("BACKUP_MONTHLY", default=6, most=100),
)

# ── Production or trial ──────────────────────────────────────────────────────
DEBUG = read.flag("DJANGO_DEBUG", default=True)
# In production without a key only the servers refuse to start (tracker/start.py): reading a file needs none.
SECRET_KEY = read.text("SECRET_KEY", "for-one-machine-trials-only-never-in-production-0000" if DEBUG else "")
# Keys of before: they still open sessions and the secrets sealed with them (accounts/vault.py).
SECRET_KEY_FALLBACKS = read.names("SECRET_KEY_FALLBACKS", default=[])
HTTPS = read.flag("HTTPS", default=not DEBUG)
BASE_URL = read.address("BASE_URL", default="http://127.0.0.1:8000")
# The machine itself may always ask: health checks of containers and of systemd do.
ALLOWED_HOSTS = [*read.hosts("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
PROXY_COUNT = read.count("PROXY_COUNT", default=0, most=9)

# ── Parts ────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "tree_queries",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "axes",
    "csp",
    "tracker",
    "accounts",
    "notices",
]
MIDDLEWARE = [
    "tracker.middleware.with_request_id",
    "tracker.tally.with_tally",
    "tracker.middleware.with_client_address",
    "tracker.middleware.with_cautious_headers",
    # Before everything that may answer by itself, so that refusals carry the policy too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.with_person",
    "tracker.trail.with_trail",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Database ─────────────────────────────────────────────────────────────────
DATABASES = {"default": read.database("DATABASE_URL", default=f"sqlite:///{VAR / 'tracker.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A writer takes the lock when its transaction begins, so it waits instead of failing half-way;
    # readers never wait (WAL). With Django's defaults a third of contended transactions failed.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # 32 MB of pages a connection at the most (default 2): a large import else writes its pages out again and again.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA cache_size=-32768",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5} | DATABASES["default"].get("OPTIONS", {})
    # A schema of our own on a shared server; restoring builds in one beside it.
    if DATABASE_SCHEMA := read.schema("DATABASE_SCHEMA"):
        DATABASES["default"]["OPTIONS"]["options"] = f'-c search_path="{DATABASE_SCHEMA}"'

# ── People and passwords ─────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Signing in elsewhere: off, or by one kind of server. It vouches for a login name; accounts and rights stay ours.
_SSO = read.choice("SSO", default="OFF", of=single_sign_on.KINDS)
SSO = _SSO.lower()
SSO_SETTINGS = single_sign_on.settings_of(_SSO, debug=DEBUG)
if SSO == "ldap":
    AUTHENTICATION_BACKENDS.append("accounts.sso.ldap.Directory")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# standard: OWASP ASVS 5 level 2 (length, no common or own words, no forced change).
# dengbao3: GB/T 22239 level 3 (also kinds of characters, a change every 90 days, a short idle time).
SIGN_IN_PROFILE = read.choice("SIGN_IN_PROFILE", default="STANDARD", of=["STANDARD", "DENGBAO3"]).lower()
_STRICT = SIGN_IN_PROFILE == "dengbao3"
SIGN_IN_IDLE = dt.timedelta(minutes=30) if _STRICT else dt.timedelta(hours=4)
SIGN_IN_LONGEST = dt.timedelta(hours=12)
PASSWORD_LASTS = dt.timedelta(days=90) if _STRICT else None
# Administrators must show a code of their authenticator at sign-in; in dengbao3 always.
SECOND_FACTOR = read.flag("SECOND_FACTOR", default=_STRICT) or _STRICT
# A role needs the grant of a security administrator even where nobody holds that role yet.
TWO_PERSON_ROLES = _STRICT
ACCOUNT_UNUSED = dt.timedelta(days=90)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email", "phone")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.ContextWords"},
    *([{"NAME": "accounts.passwords.KindsOfCharacters"}] if _STRICT else []),
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# Refused sign-ins from one address in ten minutes, whatever the names: more than a lock of one name can see.
SIGN_IN_RATE = read.count("SIGN_IN_RATE", default=50, least=1, most=100_000)
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# ── Cookies, headers, transport ──────────────────────────────────────────────
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# In the session, not in a cookie of its own: a cookie would outlive the sign-out on a shared machine.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = int(SIGN_IN_LONGEST.total_seconds())
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and PROXY_COUNT else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# HSTS stays on this host: its sub-domains and the preload list are the network owner's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# ── Pages and static files ───────────────────────────────────────────────────
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
                "notices.context.shell",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # For everybody to see, and collected by root for the account that serves them; uploads are not (below).
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
# Forms and bodies of the interface, files apart: a pasted notice of 2,000,000 characters takes nine bytes for each.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# ── API ──────────────────────────────────────────────────────────────────────
# Requests a minute: of one token, of all tokens from one address; wrong tokens from one address.
API_RATE = read.count("API_RATE", default=120, least=1, most=100_000)
API_ADDRESS_RATE = read.count("API_ADDRESS_RATE", default=600, least=1, most=1_000_000)
API_GUESSES = read.count("API_GUESSES", default=20, least=1, most=100_000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "notices.api.authentication.OwnToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "notices.api.scopes.InScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["notices.api.throttling.TokenRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": [
        "notices.api.within.OfTokenNotice",
        "django_filters.rest_framework.DjangoFilterBackend",
    ],
    "DEFAULT_PAGINATION_CLASS": "notices.api.pagination.ByKey",
    "EXCEPTION_HANDLER": "notices.api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "notices.api.schema.Schema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "整改督办接口",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [
        "rest_framework.permissions.IsAuthenticated",
        "notices.api.scopes.InScope",
    ],
    "ENUM_NAME_OVERRIDES": {
        "OutcomeEnum": "notices.terms.Outcome",
        "ReviewVerdictEnum": "notices.terms.ReviewVerdict",
        "LookBackVerdictEnum": "notices.terms.LookBackVerdict",
        "LinkKindEnum": "notices.terms.LinkKind",
        "MeasureKindEnum": "notices.terms.MeasureKind",
        "LetterKindEnum": "notices.terms.LetterKind",
        "RebukeKindEnum": "notices.terms.RebukeKind",
        "DirectiveEndEnum": "notices.terms.DirectiveEnd",
        "MeetingKindEnum": "notices.terms.MeetingKind",
        "ListKindEnum": "notices.terms.ListKind",
        "SoughtEnum": "notices.terms.Sought",
        "DeliveryStateEnum": "notices.terms.DeliveryState",
    },
}

# ── Mail ─────────────────────────────────────────────────────────────────────
vars().update(read.mail("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read.text("EMAIL_FROM", "整改督办 <tracker@localhost>")

# ── Reminders ────────────────────────────────────────────────────────────────
# Servers group messages may be posted to; an outlet anywhere else is refused.
CHANNEL_ADDRESSES = read.addresses(
    "CHANNEL_ADDRESSES",
    default=["https://qyapi.weixin.qq.com", "https://oapi.dingtalk.com", "https://open.feishu.cn"],
)
# Servers people's own systems may be told at (推送订阅); none unless they are named here.
WEBHOOK_ADDRESSES = read.addresses("WEBHOOK_ADDRESSES", default=[])
# 1: the sweep counts what it would send, and writes and sends nothing.
REMINDERS_DRY = read.flag("REMINDERS_DRY", default=False)
# 1: tasks may be pushed (催办) at night and on days off too, as in a flood or an emergency.
NUDGE_ANY_TIME = read.flag("NUDGE_ANY_TIME", default=False)

SWEEP_EVERY = dt.timedelta(minutes=5)

# ── Jobs: the database is the queue, the broker only a doorbell ──────────────
REDIS_URL = read.broker("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# ── Language and time ────────────────────────────────────────────────────────
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# ── Log ──────────────────────────────────────────────────────────────────────
LOG_LEVEL = read.choice("LOG_LEVEL", default="INFO", of=["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = logging_config(debug=DEBUG, level=LOG_LEVEL)
