"""Domain errors, and the one map that turns every error into a page."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

log = structlog.get_logger()


class DomainError(Exception):
    """Something a person asked for cannot be done; ``message`` is Chinese and says what to do."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DomainError):
    """Wrong values, by field where a form field is at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(DomainError):
    status = HTTPStatus.FORBIDDEN


class NotFound(DomainError):
    """Also raised for what exists but must not be known to exist."""

    status = HTTPStatus.NOT_FOUND


class Conflict(DomainError):
    """The object is no longer in the state that the action needs."""

    status = HTTPStatus.CONFLICT


class TooMany(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part of the site cannot answer now; nothing was changed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class ErrorText:
    title: str
    message: str
    advice: str


TEXTS = {
    400: ErrorText(
        "这个请求没有成功",
        "提交的内容不完整，或页面停留时间过长、校验码已失效。",
        "请返回上一页，刷新后重新提交；已填写的内容可先复制保存。",
    ),
    403: ErrorText(
        "您没有权限查看或操作这项内容",
        "当前身份不具备所需权限。",
        "如您有其他身份，请登录相应账号后再试；如认为权限有误，请联系本单位管理员。",
    ),
    404: ErrorText(
        "没有找到这个页面",
        "地址可能有误，或该内容已下架、已过期，或仅对特定单位可见。",
        "请检查地址，或查找相近的成果、需求。",
    ),
    405: ErrorText("不支持这种访问方式", "该地址不接受当前的操作。", "请从页面上的按钮或链接进入。"),
    409: ErrorText(
        "内容已经发生变化",
        "在您操作期间，其他人已经处理过这项内容，您的操作没有执行。",
        "请刷新页面，查看最新状态后再决定。",
    ),
    413: ErrorText(
        "文件或文本太大",
        "上传的内容超过了大小限制，未被接收。",
        "请压缩文件，或只粘贴与技术有关的段落后重试。",
    ),
    429: ErrorText("操作太频繁", "短时间内的请求次数超过了限制。", "请稍候片刻再试。"),
    500: ErrorText(
        "系统出错了",
        "处理时发生了意外，您的操作没有执行，已有数据不受影响。",
        "请稍后重试；若再次出现，请将下方的请求编号告知管理员。",
    ),
    503: ErrorText(
        "服务暂时繁忙",
        "系统正在恢复或处理的请求过多，您的操作没有执行。",
        "请稍候片刻再试，已有数据不受影响。",
    ),
}


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def error_response(code: int, message: str = "", retry_after: int | None = None) -> Response:
    text = TEXTS.get(code, TEXTS[400] if code < 500 else TEXTS[500])
    if wants_json():
        response = jsonify(
            code=code, title=text.title, message=message or text.message, request_id=g.get("request_id")
        )
    else:
        response = make_response(
            render_template(
                "errors/error.html",
                code=code,
                title=text.title,
                message=message or text.message,
                advice=text.advice,
                request_id=g.get("request_id"),
                retry_after=retry_after,
            )
        )
    response.status_code = code
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def register_errors(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        return error_response(error.status, error.message, getattr(error, "retry_after", None))

    @app.errorhandler(RateLimitExceeded)
    def rate_limited(error: RateLimitExceeded) -> Response:
        return error_response(429, retry_after=60)

    @app.errorhandler(OperationalError)
    def database_down(error: OperationalError) -> Response:
        log.error("database.unavailable", error=str(error.orig))
        return error_response(503, retry_after=5)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        code = error.code or 500
        if code < 400:  # redirects raised by the router
            return make_response(error.get_response())
        retry_after = 5 if code == HTTPStatus.SERVICE_UNAVAILABLE else None
        response = error_response(code, retry_after=retry_after)
        if isinstance(error, MethodNotAllowed):
            response.allow.update(error.valid_methods or ())
        return response

    @app.errorhandler(InternalServerError)
    def unexpected(error: InternalServerError) -> Response:
        return error_response(500)
