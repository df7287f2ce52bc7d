"""What Stripe answers instead of an object: one exception for each `type` of its errors, with the words its API uses."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """Any refusal that reaches the caller as `{"error": {...}}`."""

    status = 500
    type = "api_error"

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.more = more

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type, **self.more}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


class InvalidRequest(ApiError):
    status = 400
    type = "invalid_request_error"


class NotFound(InvalidRequest):
    status = 404

    @classmethod
    def missing(cls, noun: str, id: str, param: str = "id") -> NotFound:
        return cls(f"No such {noun}: '{id}'", code="resource_missing", param=param)


class NotAuthenticated(InvalidRequest):
    status = 401


class CardRefused(ApiError):
    status = 402
    keeps_effects = True  # the failed charge stays on record
    type = "card_error"


class IdempotencyMismatch(ApiError):
    status = 400
    type = "idempotency_error"


class KeyInUse(ApiError):
    status = 409
    type = "idempotency_error"


class TooManyRequests(InvalidRequest):
    status = 429
