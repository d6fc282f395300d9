"""A token for a program, against name and password."""

from typing import Any

from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken

from notices.api.authentication import FirstPassword


class TokenRequestSerializer(AuthTokenSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = super().validate(attrs)
        if given["user"].must_change_password:
            raise FirstPassword
        return given


class IssueToken(ObtainAuthToken):
    """领取访问令牌."""

    serializer_class = TokenRequestSerializer
