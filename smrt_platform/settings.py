"""One settings file for every installation; the environment says what differs (docs/configuration.md).

A missing or malformed variable stops the start with a sentence that names it.
"""

import sys
import zoneinfo
from decimal import Decimal
from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()


def stop(sentence: str) -> None:
    sys.exit(f"Configuration error: {sentence} See docs/configuration.md.")


try:
    # A local site is one on a person's own machine: plain HTTP, mail to a folder, a key made on first start.
    LOCAL = env.bool("SMRT_LOCAL", False)
    DEBUG = env.bool("DEBUG", False)
    VAR_DIR = env.path("SMRT_VAR", BASE_DIR / "var")
    SECRET_KEY = env.str("SECRET_KEY", "")
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
    REDIS_URL = env.str("REDIS_URL")
    SITE_URL = env.str("SITE_URL", "http://localhost:8000" if LOCAL else "").rstrip("/")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
    MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
    WORK_DIR = env.path("WORK_DIR", VAR_DIR / "work")  # uploads on their way and transcodes at work; private, may be emptied at rest
    STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
    S3_BUCKET = env.str("S3_BUCKET", "")
    S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "") or None
    S3_REGION = env.str("S3_REGION", "us-east-1")
    S3_BROWSER_URL = env.str("S3_BROWSER_URL", "").rstrip("/") or None  # where browsers reach it, when it is not Amazon's
    INSTRUCTOR_VIDEO_GB = env.int("INSTRUCTOR_VIDEO_GB", 500)
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "SMRT School <school@localhost>")
    FFMPEG = env.str("FFMPEG", "")
    # Who checks and serves the files of videos: app, nginx, cloudfront or s3 (docs/decisions/0020-delivery.md).
    VIDEO_DELIVERY = env.str("VIDEO_DELIVERY", "app")
    VIDEO_BUCKET_READERS: list[str] = env.list("VIDEO_BUCKET_READERS", [])
    VIDEO_CLOUDFRONT_KEY_ID = env.str("VIDEO_CLOUDFRONT_KEY_ID", "")
    VIDEO_CLOUDFRONT_KEY_FILE = env.str("VIDEO_CLOUDFRONT_KEY_FILE", "")
    VIDEO_VIEWER_MARK = env.bool("VIDEO_VIEWER_MARK", False)  # whether new videos show their viewer's name, moving over the picture
    # What storing a gigabyte costs a month, in PAYMENTS_CURRENCY, and where originals rest.
    VIDEO_PRICE_GB_MONTH = env.decimal("VIDEO_PRICE_GB_MONTH", Decimal("0.023"))
    VIDEO_PRICE_GB_MONTH_COLD = env.decimal("VIDEO_PRICE_GB_MONTH_COLD", Decimal("0.004"))
    VIDEO_ORIGINALS = env.str("VIDEO_ORIGINALS", "keep")
    VIDEO_COLD_CLASS = env.str("VIDEO_COLD_CLASS", "GLACIER_IR")
    VIDEO_COLD_ROOT = env.path("VIDEO_COLD_ROOT", VAR_DIR / "cold")
    VIDEO_PIECES_AT_ONCE = env.int("VIDEO_PIECES_AT_ONCE", 8)  # of one film, so that films share the workers
    # Background jobs (core.jobs): how long a silent worker keeps its job, and how often the sweeper looks.
    JOB_LEASE_S = env.float("JOB_LEASE_S", 90)
    JOB_RENEW_S = env.float("JOB_RENEW_S", 30)
    JOB_SWEEP_S = env.float("JOB_SWEEP_S", 15)
    JOB_WAKE_AGAIN_S = env.float("JOB_WAKE_AGAIN_S", 30)
    TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
    SCHOOL_NAME = env.str("SCHOOL_NAME", "SMRT School")
    SCHOOL_EMAIL = env.str("SCHOOL_EMAIL", "school@localhost")
    SCHOOL_ADDRESS = env.str("SCHOOL_ADDRESS", "")
    WORKSHOP_MOVE_DAYS = env.int("WORKSHOP_MOVE_DAYS", 7)  # until so many days before it begins people move a seat by themselves
    WORKSHOP_REMINDER_DAYS = env.int("WORKSHOP_REMINDER_DAYS", 3)  # so many days before it begins everybody with a seat gets a mail; 0: nobody
    SCHOOL_TIME_ZONE = env.str("SCHOOL_TIME_ZONE", "America/New_York")
    SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
    # Maps are drawn from packaged outlines; a tile server is asked only when one is named, such as https://tiles.example/{z}/{x}/{y}.png.
    MAP_TILES = env.str("MAP_TILES", "")
    MAP_TILES_CREDIT = env.str("MAP_TILES_CREDIT", "")
    # Certificates: who signs them on paper, and a key kept outside the database (docs/decisions/0007-certificates.md).
    CERTIFICATE_SIGNER_NAME = env.str("CERTIFICATE_SIGNER_NAME", "")
    CERTIFICATE_SIGNER_ROLE = env.str("CERTIFICATE_SIGNER_ROLE", "Program administrator")
    CERTIFICATE_SIGNATURE_FILE = env.str("CERTIFICATE_SIGNATURE_FILE", "")
    SIGNING_KEY_FILE = env.str("SIGNING_KEY_FILE", "")
    SIGNING_CERTIFICATE_FILE = env.str("SIGNING_CERTIFICATE_FILE", "")
    # Payments. Without a key nothing can be bought (payments.checks says what is missing).
    STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
    STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRETS", [])  # several while one is rotated out
    STRIPE_API_BASE = env.str("STRIPE_API_BASE", "").rstrip("/")  # empty is Stripe's own; the stand-in has its address here
    STRIPE_PAGES: list[str] = env.list("STRIPE_PAGES", ["https://checkout.stripe.com", "https://billing.stripe.com"])
    STRIPE_TAX = env.bool("STRIPE_TAX", False)
    PAYMENTS_CURRENCY = env.str("PAYMENTS_CURRENCY", "usd").lower()
    PAYMENTS_GRACE_DAYS = env.int("PAYMENTS_GRACE_DAYS", 7)
    _mail = env.dj_email_url("EMAIL_URL") if env.str("EMAIL_URL", "") else {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}
except EnvError as error:
    stop(f"{str(error).rstrip('.')}.")

if LOCAL and not SECRET_KEY:
    key_file = VAR_DIR / "secret_key"
    if not key_file.exists():
        import secrets

        VAR_DIR.mkdir(mode=0o700, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(50))
    SECRET_KEY = key_file.read_text()
if DATABASES["default"]["ENGINE"] not in ("django.db.backends.postgresql", "django.db.backends.postgresql_psycopg2"):
    stop("DATABASE_URL must name a Postgres database, such as postgres://user:password@host/name.")
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    stop("REDIS_URL must be the address of a Redis or Valkey server, such as redis://host:6379/0.")
if "EMAIL_BACKEND" not in _mail:
    stop("EMAIL_URL must be the address of a mail server, such as submission://user:password@host:587.")
if SCHOOL_TIME_ZONE not in zoneinfo.available_timezones():
    stop("SCHOOL_TIME_ZONE must be the name of a time zone, such as America/New_York.")
if len(SECRET_KEY) < 40:
    stop("SECRET_KEY must be set to at least 40 random characters.")
if DEBUG and not LOCAL:
    stop("DEBUG=1 shows the inside of the site to whoever meets an error; it is for a local site (SMRT_LOCAL=1).")
if not SITE_URL.startswith(("https://", "http://")):
    stop("SITE_URL must be the address people use, such as https://school.example.")
if MAP_TILES and not (MAP_TILES.startswith("https://") and all(part in MAP_TILES for part in ("{z}", "{x}", "{y}"))):
    stop("MAP_TILES must be the https address of map squares, such as https://tiles.example/{z}/{x}/{y}.png.")
if MAP_TILES and not MAP_TILES_CREDIT:
    stop("MAP_TILES_CREDIT must name whose map MAP_TILES shows, as its licence asks.")
if VIDEO_ORIGINALS not in ("keep", "cold"):
    stop("VIDEO_ORIGINALS must be keep or cold.")
if bool(SIGNING_KEY_FILE) != bool(SIGNING_CERTIFICATE_FILE):
    stop("SIGNING_KEY_FILE and SIGNING_CERTIFICATE_FILE must be set together, or neither.")
if not ALLOWED_HOSTS:
    stop("ALLOWED_HOSTS must list the host names this site answers to, such as school.example.")

ROOT_URLCONF = "smrt_platform.urls"
WSGI_APPLICATION = "smrt_platform.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "demo",
    "portal",
    "planner",
    "courses",
    "workshops",
    "streaming",
    "payments",
    "credits",
    "notifications",
    "accounts",
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "smrt_platform.staticfiles.SiteStaticFilesConfig",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PrivateByDefaultMiddleware",
    "accounts.middleware.ViewerTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.DomainErrorMiddleware",
]

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
                "core.context_processors.school",
            ],
        },
    },
]
FORM_RENDERER = "core.forms.SiteFormRenderer"

# Databases. Isolation is asserted for each connection (core.isolation): seat locking is wrong under REPEATABLE READ.
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

# The cache holds rate limits alone; a site without it goes on (core.cache).
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "smrt",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}

# Files. Public media do not exist: every stored file is served by a view or a signed path.
_s3 = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": S3_ENDPOINT_URL,
    "region_name": S3_REGION,
    "addressing_style": "path" if S3_ENDPOINT_URL else "auto",
    "signature_version": "s3v4",
    "file_overwrite": False,
    "default_acl": None,
}
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3} if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "smrt_platform.staticfiles.SiteStaticStorage"},
}
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/hls", BASE_DIR / "node_modules/hls.js/dist"),
    ("vendor/media-chrome", BASE_DIR / "node_modules/media-chrome/dist/iife"),
    ("vendor/htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("vendor/zxing", BASE_DIR / "node_modules/@zxing/browser/umd"),
    ("vendor/signature-pad", BASE_DIR / "node_modules/signature_pad/dist"),
    ("vendor/source-sans", BASE_DIR / "node_modules/@fontsource-variable/source-sans-3/files"),
    ("vendor/alegreya", BASE_DIR / "node_modules/@fontsource/alegreya/files"),
    ("vendor/leaflet", BASE_DIR / "node_modules/leaflet/dist"),
    ("vendor/leaflet-markercluster", BASE_DIR / "node_modules/leaflet.markercluster/dist"),
    ("vendor/topojson", BASE_DIR / "node_modules/topojson-client/dist"),
    ("vendor/us-atlas", BASE_DIR / "node_modules/us-atlas"),
    ("vendor/world-atlas", BASE_DIR / "node_modules/world-atlas"),
]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]

# Language and time. Data are UTC; pages show the viewer's zone and name it.
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]

# Sign-in.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "notifications.account_mail.MailingAccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.sign_in_forms.LoginForm",
    "add_email": "accounts.sign_in_forms.AddEmailForm",
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
MFA_TOTP_ISSUER = SCHOOL_NAME
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "portal:home"

# Cookies and headers.
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# The bucket is named where a page needs it: streaming.csp.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *STRIPE_PAGES],  # a pay button's answer leads to Stripe's page
        "frame-ancestors": [NONE],
    }
}

# Jobs. The Postgres row is the truth (core.jobs); Celery only wakes a worker.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that queues work must not wait for a broker that is away: one quick try, and the sweeper sends it later.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "queue_order_strategy": "priority",  # a worker of several queues empties the first named first
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {"core.sweep_jobs": {"task": "core.sweep_jobs", "schedule": JOB_SWEEP_S, "options": {"expires": JOB_SWEEP_S}}}

# Mail. Without EMAIL_URL every message becomes a file in var/mail and a line of the staff's mail log.
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST", ""), _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_USER", ""), _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
SERVER_EMAIL = DEFAULT_FROM_EMAIL

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle", "rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min", "anon": "60/min"},
    "PAGE_SIZE": 25,
    "DEFAULT_PARSER_CLASSES": ["core.api.JSONParser", "rest_framework.parsers.FormParser", "rest_framework.parsers.MultiPartParser"],
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.AnyAccept",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SMRT platform API",
    "DESCRIPTION": "Courses, streaming, workshops and continuing-education credit.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "list", "defaultModelsExpandDepth": -1},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {  # several models have a `kind` or a `mode`; each set of choices gets a name of its own
        "WorkshopQuestionKindEnum": "workshops.models.booking.Question.Kind",
        "WorkshopRequirementKindEnum": "workshops.models.booking.Requirement.Kind",
        "BoardKindEnum": "credits.models.boards.Board.Kind",
        "ActivityKindEnum": "credits.models.activities.Activity.Kind",
        "AwardEntryKindEnum": "credits.models.awards.AwardEntry.Kind",
        "AwardStatusEnum": "credits.models.awards.Award.Status",
        "ExternalEntryKindEnum": "credits.models.external.ExternalEntry.Kind",
        "ExternalStatusEnum": "credits.models.external.ExternalCredit.Status",
        "DeliveryModeEnum": "credits.models.activities.DeliveryMode",
        "TranscriptKindEnum": "credits.transcripts.lines.Origin",
        "TranscriptStateEnum": "credits.transcripts.lines.State",
        "TranscriptLinkStateEnum": "credits.models.transcript_links.TranscriptLink.State",
        "OfficerTaskKindEnum": "credits.models.worklist.OfficerTask.Kind",
        "RuleRevisionStateEnum": "credits.models.revisions.RuleRevision.State",
        "AuditPackStateEnum": "credits.models.audits.AuditPack.State",
        "BulkChangeKindEnum": "credits.models.bulk.BulkChange.Kind",
        "BulkChangeStateEnum": "credits.models.bulk.BulkChange.State",
        "CertificateImportStateEnum": "credits.models.imports.CertificateImport.State",
        "ClosedCycleOutcomeEnum": "credits.models.closed_cycles.ClosedCycle.Outcome",
        "ClosedCycleDecisionEnum": "credits.models.closed_cycles.ClosedCycle.DECISIONS",
        "BlockKindEnum": "workshops.models.Block.Kind",
        "BlockModeEnum": "workshops.models.Block.Mode",
        "WorkshopStateEnum": "workshops.models.Workshop.State",
        "AskedStateEnum": "workshops.models.Asked.State",
        "DemandCallStateEnum": "workshops.models.DemandCall.State",
        "SeatOutcomeStateEnum": "workshops.models.SeatOutcome.State",
        "AttendanceCorrectionStateEnum": "workshops.models.AttendanceCorrection.State",
        "AttendanceKindEnum": "workshops.models.Attendance.Kind",
        "RouteStateEnum": "planner.models.Route.State",
        "RouteStepStateEnum": "planner.models.RouteStep.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # The library writes down every address it asks, and people's e-mail addresses stand in some of them.
    "loggers": {"stripe": {"level": "WARNING"}},
}
