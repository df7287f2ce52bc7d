"""Days that a person can mean. A slip such as the year 0202 would count cycles through centuries."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
MESSAGE = _("Check the year: it should be between 1900 and 2199.")
IN_OUR_TIME = [MinValueValidator(FIRST, MESSAGE), MaxValueValidator(LAST, MESSAGE)]
