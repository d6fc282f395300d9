"""Who is asking: so that a program can try its token before it does anything."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, Scope
from notices.api.careful import Careful


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """`notice` None: every notice the person sees. `last_on`: the last day it is good for."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    notice = serializers.IntegerField(source="notice_id", allow_null=True)

    class Meta:
        model = ApiToken
        fields = ["name", "scopes", "notice", "last_on"]


class MeSerializer(serializers.Serializer[Any]):
    """`token` None: signed in on the pages."""

    username = serializers.CharField()
    name = serializers.CharField()
    token = TokenSerializer(allow_null=True)


class MeView(Careful):
    """本人."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user: Any = request.user
        token = request.auth if isinstance(request.auth, ApiToken) else None
        return Response(MeSerializer({"username": user.username, "name": user.name, "token": token}).data)
