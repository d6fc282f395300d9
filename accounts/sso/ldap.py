"""LDAP: the name and password of the sign-in page, tried at the directory. Only accounts that are there already.

Read only where SSO=LDAP: its library stands in requirements-sso.txt. The lock after failures is that of every other
sign-in: it stands before all backends.
"""

import logging
import ssl
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from ldap3 import NONE, SIMPLE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.dn import escape_rdn

from accounts.models import User

SECONDS = 5  # to connect, and for an answer
logger = logging.getLogger(__name__)


class Directory(BaseBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """None for whoever is not here, is not in use, or is not let in there. An empty password is not even asked about:
        directories take it for a visit without a name."""
        if not username or not password:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        return user if user is not None and _is_let_in(username, password) else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def _is_let_in(username: str, password: str) -> bool:
    found = settings.SSO_SETTINGS
    tls = Tls(validate=ssl.CERT_REQUIRED)
    server = Server(found["server"], connect_timeout=SECONDS, tls=tls, get_info=NONE)
    name = found["name"].replace("{username}", escape_rdn(username))
    try:
        connection = Connection(
            server, user=name, password=password, authentication=SIMPLE, receive_timeout=SECONDS,
            auto_referrals=False,
        )  # fmt: skip
        try:
            if found["start_tls"] and not connection.start_tls():
                return False
            return bool(connection.bind())
        finally:
            connection.unbind()
    except LDAPException as why:
        logger.warning("directory not asked: %s", type(why).__name__)
        return False
