"""Errors as OpenAI's API tells them: a status, and a JSON body that says what is wrong and what to do."""

import logging
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rag.errors import (
    DatabaseLostError,
    DocumentError,
    IndexFolderError,
    LanguageModelError,
    ModelError,
    QuestionError,
    RagError,
)
from rag.library.job import FAILED
from rag.library.rights import NotAllowedError
from rag.library.turnstile import BusyError

_log = logging.getLogger(__name__)

_STATUS: list[tuple[type[RagError], int]] = [
    (QuestionError, 400),
    (NotAllowedError, 403),
    (DocumentError, 404),
    (DatabaseLostError, 503),
    (IndexFolderError, 404),
    (LanguageModelError, 502),
    (ModelError, 500),
]
"""By what is wrong; of all else that a person can put right, 409: it goes against how things stand."""

_CONFLICT, _BUSY, _SERVER = 409, 429, 500


class ApiError(RagError):
    """A request that cannot be done: the status, what to say, the part of the request, and a name for programs."""

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.param = param
        self.code = code


def error_body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """What is said of an error, as OpenAI's API has it."""
    kind = "invalid_request_error" if status < _SERVER else "server_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def as_api_error(error: RagError) -> ApiError:
    """An error of any kind as the API tells it: the status says what kind of thing is wrong."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BusyError):
        retry = {"Retry-After": str(math.ceil(error.seconds))}
        return ApiError(_BUSY, str(error), code="rate_limit_exceeded", headers=retry)
    return ApiError(next((status for kind, status in _STATUS if isinstance(error, kind)), _CONFLICT), str(error))


def body_of(error: RagError) -> dict[str, Any]:
    """What is said of an error."""
    told = as_api_error(error)
    return error_body(told.status, str(told), told.param, told.code)


def tell_errors(app: FastAPI) -> None:
    """Have an app tell all of its errors in this way; of those that nobody foresaw, the details go to the log alone."""

    def told(status: int, message: str, param: str | None = None, code: str | None = None) -> JSONResponse:
        return JSONResponse(error_body(status, message, param, code), status)

    @app.exception_handler(RagError)
    async def refused(request: Request, error: RagError) -> JSONResponse:
        told = as_api_error(error)
        return JSONResponse(body_of(told), told.status, headers=told.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        # Of a value that may be one of several kinds, the kind that it comes nearest to.
        first = max(error.errors(), key=lambda one: len(one["loc"]))
        place = ".".join(str(part) for part in first["loc"][1:] if "[" not in str(part)) or None
        message = f"{place}: {first['msg']}." if place else f"{first['msg']}."
        return told(400, printed(message), printed(place) if place else None, str(first["type"]))

    @app.exception_handler(HTTPException)
    async def not_there(request: Request, error: HTTPException) -> JSONResponse:
        body = error_body(error.status_code, str(error.detail))
        return JSONResponse(body, error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s failed", request.url.path, exc_info=error)
        return told(_SERVER, FAILED)


def printed(said: str) -> str:
    """What somebody sent, as UTF-8 can have it."""
    return said.encode("utf-8", "replace").decode()
