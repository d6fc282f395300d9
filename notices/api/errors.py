"""Every refusal of the API in one shape: application/problem+json (RFC 9457) with a Chinese sentence.

{"status": 409, "code": "step_refused", "title": "…", "detail": "…", "fields": {"reason": "请填写理由。"}}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from notices.errors import Missing, Refused, Unreadable

_TITLES = {
    400: "填写的内容有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种操作",
    406: "不支持所要的格式",
    409: "现在不能这样做",
    412: "内容已被他人修改",
    415: "不支持这种内容类型",
    428: "请带上版本号",
    429: "请求过于频繁",
}
_DETAILS = {
    exceptions.NotAuthenticated: "请先登录，或在请求头中带上访问令牌。",
    exceptions.AuthenticationFailed: "访问令牌无效或账号已停用。",
    exceptions.PermissionDenied: "您没有权限进行这项操作。",
    exceptions.MethodNotAllowed: "这个地址不支持这种请求方法。",
    exceptions.NotAcceptable: "只提供 JSON 格式。",
    exceptions.UnsupportedMediaType: "请以 JSON 或表单提交。",
    exceptions.ParseError: "提交的 JSON 无法解析，请检查格式。",
    exceptions.Throttled: "请求过于频繁，请稍后再试。",
}


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "内容已被他人修改，请重新读取后再提交。"
    default_code = "precondition_failed"


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "修改时请在 If-Match 请求头中带上读取时得到的 ETag。"
    default_code = "precondition_required"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler."""
    if isinstance(error, Refused):
        fields = error.fields if isinstance(error, Missing) else {}
        wrong_input = bool(fields) or isinstance(error, Unreadable)
        code = status.HTTP_400_BAD_REQUEST if wrong_input else status.HTTP_409_CONFLICT
        return problem(code, error.code, str(error), fields)
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = flatten(error.detail)
        body = problem(response.status_code, "invalid", "；".join(fields.values()), fields)
    elif isinstance(error, Http404 | exceptions.NotFound):
        body = problem(404, "not_found", "没有这项内容，或您无权查看。")
    else:
        detail = next((text for kind, text in _DETAILS.items() if isinstance(error, kind)), str(error))
        body = problem(response.status_code, getattr(error, "default_code", "error"), detail)
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in response.headers:
            body.headers[header] = response.headers[header]
    return body


def problem(code: int, name: str, detail: str, fields: Mapping[str, str] | None = None) -> Response:
    data: dict[str, Any] = {
        "status": code,
        "code": name,
        "title": _TITLES.get(code, "出错了"),
        "detail": detail,
    }
    if fields:
        data["fields"] = dict(fields)
    return Response(data, status=code, content_type="application/problem+json")


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
