"""For worker and web processes that a test starts: the tests' settings on the real broker, with mail in files."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import MEDIA_ROOT, MIDDLEWARE

CELERY_BROKER_URL = os.environ["TEST_BROKER_URL"]
CELERY_IMPORTS = tuple(os.environ.get("TEST_JOB_MODULES", "").split())
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = Path(MEDIA_ROOT) / "outgoing-mail"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
# Static files come from their sources here too.
MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
