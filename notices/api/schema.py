"""The schema says of every action which headers it takes, from what the view itself goes by."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from notices.api.careful import IF_MATCH, SAFE, Careful

KEY = OpenApiParameter(
    "Idempotency-Key", str, "header", description="同一请求重发时带同一个键，只办理一次；至少保留 48 小时"
)


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        view = self.view
        found: list[Any] = list(super().get_override_parameters())
        if isinstance(view, Careful):
            if self.method not in SAFE:
                found.append(KEY)
            if getattr(view, "action", None) in view.guarded:
                found.append(IF_MATCH)
        return found


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "notices.api.authentication.OwnToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "在“访问令牌”页面建立的令牌"}
