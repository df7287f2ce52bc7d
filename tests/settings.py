"""The project's settings with what tests need changed: fast hashes, mail in memory, files in a scratch folder."""

import os
import tempfile
from pathlib import Path

from smrt_platform.settings import *  # noqa: F403
from smrt_platform.settings import BASE_DIR, DATABASES, INSTALLED_APPS, MIDDLEWARE, REST_FRAMEWORK, STORAGES

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# The ledger refuses to be emptied; between tests that commit, a test database is.
DATABASES["default"]["OPTIONS"]["options"] = "-c smrt.may_be_emptied=on"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
_scratch = BASE_DIR / "var" / "test-files"
_scratch.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = Path(os.environ.get("TEST_MEDIA_ROOT") or tempfile.mkdtemp(dir=_scratch))
WORK_DIR = MEDIA_ROOT / "work"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Static files come from their sources; WhiteNoise would warn about a folder that only a deployment collects.
MIDDLEWARE = [name for name in MIDDLEWARE if name != "whitenoise.middleware.WhiteNoiseMiddleware"]
# pytest-django's live server serves static files only when it finds the app under this name.
INSTALLED_APPS = ["django.contrib.staticfiles" if name.endswith(".SiteStaticFilesConfig") else name for name in INSTALLED_APPS]
# An empty broker address of its own: tests run a job's function, so wake-up messages go nowhere.
CELERY_BROKER_URL = "memory://"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
ACCOUNT_RATE_LIMITS = False
