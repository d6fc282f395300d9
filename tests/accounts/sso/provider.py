"""Small stand-ins on loopback: an OpenID Connect provider, a CAS server, an LDAP server. Each answers as its protocol
says, and can be told to answer wrongly."""

import base64
import hashlib
import json
import secrets
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder, encoder

CLIENT, SECRET = "tracker", "s3cret"


class Provider:
    """OpenID Connect. `person`: who is signed in there. `wrong`: what is wrong with the ID token."""

    def __init__(self) -> None:
        self.person, self.wrong, self.url = "staff", "", ""
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.asked: dict[str, dict[str, str]] = {}

    def authorize(self, query: dict[str, str]) -> str:
        """The person agrees: the address to go back to."""
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.asked[code] = query
        back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> dict[str, object]:
        query = self.asked.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 60, "nonce": query["nonce"],
            "preferred_username": self.person,
        }  # fmt: skip
        claims |= {
            "": {}, "issuer": {"iss": "https://evil.example"}, "audience": {"aud": "other"},
            "nonce": {"nonce": "x"}, "over": {"exp": now - 9999}, "nameless": {"preferred_username": ""}, "key": {},
        }[self.wrong]  # fmt: skip
        key = RSAKey.generate_key(2048, {"kid": "1"}) if self.wrong == "key" else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def answer(self, path: str, form: dict[str, str]) -> object:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
            }  # fmt: skip
        return {"keys": [self.key.as_dict(private=False)]} if path == "/jwks" else self.token(form)


class Cas:
    """CAS 3.0. A ticket is good once, for the address it was given for."""

    def __init__(self) -> None:
        self.person, self.url = "staff", ""
        self.tickets: dict[str, str] = {}

    def authorize(self, query: dict[str, str]) -> str:
        ticket = f"ST-{secrets.token_urlsafe(8)}"
        self.tickets[ticket] = query["service"]
        return f"{query['service']}&{urlencode({'ticket': ticket})}"

    def answer(self, path: str, form: dict[str, str]) -> str:
        good = path == "/p3/serviceValidate" and self.tickets.pop(form["ticket"], "") == form["service"]
        inside = (
            f"<cas:authenticationSuccess><cas:user>{self.person}</cas:user></cas:authenticationSuccess>"
            if good
            else '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
        )
        return f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inside}</cas:serviceResponse>'


@contextmanager
def serving(of: Provider | Cas) -> Iterator[Provider | Cas]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, form: dict[str, str]) -> None:
            said = of.answer(urlsplit(self.path).path, form)
            body = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(400 if isinstance(said, dict) and "error" in said else 200)
            self.send_header("Content-Type", "text/xml" if isinstance(said, str) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._answer({k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({k: v[0] for k, v in parse_qs(sent).items()})

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    of.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield of
    finally:
        server.shutdown()
        server.server_close()


class Ldap:
    """Takes simple binds. `people`: name → password; a bind with an empty password is let in, as directories do."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.asked: list[str] = []
        self.url = ""

    def lets_in(self, name: str, password: str) -> bool:
        self.asked.append(name)
        return not password or self.people.get(name) == password


@contextmanager
def serving_ldap(of: Ldap) -> Iterator[Ldap]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while data := self.request.recv(4096):
                message, _ = decoder.decode(data, asn1Spec=rfc4511.LDAPMessage())
                if message["protocolOp"].getName() != "bindRequest":
                    return
                asked = message["protocolOp"]["bindRequest"]
                name = bytes(asked["name"]).decode()
                good = of.lets_in(name, bytes(asked["authentication"]["simple"]).decode())
                self.request.sendall(_bound(int(message["messageID"]), good))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        of.url = f"ldap://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield of
        server.shutdown()


def _bound(number: int, good: bool) -> bytes:
    answer = rfc4511.BindResponse()
    answer["resultCode"] = rfc4511.ResultCode("success" if good else "invalidCredentials")
    answer["matchedDN"], answer["diagnosticMessage"] = b"", b""
    operation = rfc4511.ProtocolOp()
    operation["bindResponse"] = answer
    message = rfc4511.LDAPMessage()
    message["messageID"], message["protocolOp"] = number, operation
    return bytes(encoder.encode(message))
