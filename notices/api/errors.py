"""Every refusal of the API in one shape: application/problem+json (RFC 9457) with a Chinese sentence.

{"status": 409, "code": "step_refused", "title": "…", "detail": "…", "errors": {"reason": "请填写理由。"}}

A failure of the server carries `incident`, the number under which the log has it.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from notices.errors import Missing, Refused, Unreadable

TYPE = "application/problem+json"
TOO_LARGE = "提交的内容太大（不含文件最多 20 MB），没有处理，请分几次提交。"
_TITLES = {
    400: "填写的内容有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种操作",
    406: "不支持所要的格式",
    409: "现在不能这样做",
    412: "内容已被他人修改",
    413: "提交的内容太大",
    415: "不支持这种内容类型",
    422: "幂等键已用于另一请求",
    428: "请带上版本号",
    429: "请求过于频繁",
    500: "服务器出错",
}
_DETAILS = {
    exceptions.NotAuthenticated: "请先登录，或在请求头中带上访问令牌。",
    exceptions.AuthenticationFailed: "访问令牌无效或账号已停用。",
    exceptions.PermissionDenied: "您没有权限进行这项操作。",
    exceptions.MethodNotAllowed: "这个地址不支持这种请求方法。",
    exceptions.NotAcceptable: "只提供 JSON 格式。",
    exceptions.UnsupportedMediaType: "请以 JSON 或表单提交。",
    exceptions.ParseError: "提交的 JSON 无法解析，请检查格式。",
}

logger = logging.getLogger(__name__)


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = TOO_LARGE
    default_code = "too_large"


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "内容已被他人修改，请重新读取后再提交。"
    default_code = "precondition_failed"


class KeyReused(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "这个 Idempotency-Key 已用于另一个请求，请换一个新的。"
    default_code = "idempotency_key_reused"


class Replayed(Exception):
    """Not an error: the same request was answered before, and is answered so again."""

    def __init__(self, code: int, body: Any, tag: str) -> None:
        super().__init__(code)
        headers = {"Idempotency-Replayed": "true"} | ({"ETag": tag} if tag else {})
        self.response = Response(body, status=code, headers=headers)


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "修改时请在 If-Match 请求头中带上读取时得到的 ETag。"
    default_code = "precondition_required"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler."""
    if isinstance(error, Replayed):
        return error.response
    if isinstance(error, Refused):
        fields = error.fields if isinstance(error, Missing) else {}
        wrong_input = bool(fields) or isinstance(error, Unreadable)
        code = status.HTTP_400_BAD_REQUEST if wrong_input else status.HTTP_409_CONFLICT
        return problem(code, error.code, str(error), fields)
    response = exception_handler(error, dict(context))
    if response is None:
        return broken(error, context.get("request"))
    if isinstance(error, exceptions.ValidationError):
        fields = flatten(error.detail)
        body = problem(response.status_code, "invalid", "；".join(fields.values()), fields)
    elif isinstance(error, Http404 | exceptions.NotFound):
        body = problem(404, "not_found", "没有这项内容，或您无权查看。")
    else:
        detail = next((text for kind, text in _DETAILS.items() if isinstance(error, kind)), str(error))
        if isinstance(error, exceptions.Throttled):
            detail = f"请求过于频繁，请在 {int(getattr(error, 'wait', None) or 1)} 秒后再试。"
        body = problem(response.status_code, getattr(error, "default_code", "error"), detail)
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in response.headers:
            body.headers[header] = response.headers[header]
    return body


def broken(error: Exception, request: Any) -> Response:
    """A fault of ours, under a number that stands in the log as well."""
    number = request.META.get("REQUEST_ID", "") if request is not None else ""
    logger.error("request failed: %s", number, exc_info=error)
    return Response(failure(number), status=500, content_type=TYPE)


def failure(number: str) -> dict[str, Any]:
    """The body of a 500."""
    detail = f"服务器处理出错，什么也没有改动。请稍后重试；仍然出错时，把编号 {number} 告诉系统管理员。"
    return {**shape(500, "server_error", detail), "incident": number}


def problem(code: int, name: str, detail: str, fields: Mapping[str, str] | None = None) -> Response:
    data = shape(code, name, detail)
    if fields:
        data["errors"] = dict(fields)
    return Response(data, status=code, content_type=TYPE)


def shape(code: int, name: str, detail: str) -> dict[str, Any]:
    title = _TITLES.get(code, "出错了")
    return {"type": "about:blank", "status": code, "code": name, "title": title, "detail": detail}


def flatten(detail: Any, prefix: str = "") -> dict[str, str]:
    """DRF's nested messages as {field: sentence}; lists are numbered from 1."""
    if isinstance(detail, Mapping):
        found: dict[str, str] = {}
        for key, value in detail.items():
            found |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
        return found
    if isinstance(detail, Sequence) and not isinstance(detail, str):
        if all(isinstance(d, str) for d in detail):
            return {prefix or "内容": "；".join(str(d) for d in detail)}
        found = {}
        for i, value in enumerate(detail, start=1):
            found |= flatten(value, f"{prefix}[{i}]")
        return found
    return {prefix or "内容": str(detail)}
