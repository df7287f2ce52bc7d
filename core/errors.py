"""Refusals a person may read."""


class DomainError(Exception):
    """A rule refused the request. The message says what to do next and may be shown to the person.

    `code` is stable: API clients and tests rely on it. `status` is what HTTP answers with.
    """

    code = "refused"
    status = 409

    def __init__(self, message: str, *, code: str | None = None):
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
