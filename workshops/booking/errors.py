"""What registering may refuse."""

from core.errors import DomainError


class RegistrationRefused(DomainError):
    code = "registration_refused"


class DetailsMissing(DomainError):
    """Something has to be answered, shown or accepted first."""

    code = "details_missing"
