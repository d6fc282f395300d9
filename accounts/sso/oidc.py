"""OpenID Connect: authorization code with PKCE, state and nonce; the name comes from the signed ID token alone.

Read only where SSO=OIDC: its library stands in requirements-sso.txt.
"""

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError
from requests import RequestException

from accounts.sso.errors import NotSignedIn

SECONDS = 8.0  # for one answer of the provider


def _app() -> DjangoOAuth2App:
    found = settings.SSO_SETTINGS
    registry = OAuth()
    registry.register(
        "sso",
        client_id=found["client_id"],
        client_secret=found["client_secret"],
        server_metadata_url=f"{found['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
    return registry.sso


def begin(request: HttpRequest, back: str) -> HttpResponse:
    """To the provider, which sends the person back to `back`."""
    try:
        answer: HttpResponse = _app().authorize_redirect(request, back)
    except (AuthlibBaseError, RequestException, ValueError) as why:
        raise NotSignedIn("单点登录服务器没有连通，请稍后再试，或用本系统的密码登录。", str(why)) from why
    return answer


def finish(request: HttpRequest, back: str) -> str:
    """The login name the provider vouches for."""
    found = settings.SSO_SETTINGS
    wanted = {
        "iss": {"essential": True, "values": [found["issuer"]]},
        "aud": {"essential": True, "values": [found["client_id"]]},
        "exp": {"essential": True},
    }
    try:
        token = _app().authorize_access_token(request, claims_options=wanted)
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError) as why:
        raise NotSignedIn("单点登录没有成功，请重新登录。", f"{type(why).__name__}: {why}") from why
    claims = token.get("userinfo") or {}
    name = claims.get(found["claim"])
    if not isinstance(name, str) or not name:
        raise NotSignedIn("单点登录服务器没有给出登录名，请联系系统管理员。", f"no claim {found['claim']}")
    return name
