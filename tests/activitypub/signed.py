"""Requests signed by hand, so that any part of them can be wrong."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from multidict import CIMultiDict

from dosfed.activitypub.signatures import SignedRequest
from tests.simulated.signing import pool_key

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DATE = "Tue, 01 Sep 2026 08:00:00 GMT"
HOST = "delib.example"
KEY_ID = "https://masto.example/users/ana#main-key"
BODY = b'{"type": "Like"}'
DIGEST = "SHA-256=" + base64.b64encode(hashlib.sha256(BODY).digest()).decode()


@dataclass(kw_only=True)
class Draft:
    """A request in the making, by default such as Mastodon sends it."""

    method: str = "POST"
    target: str = "/inbox"
    signed_target: str | None = None
    headers: list[tuple[str, str]] = field(
        default_factory=lambda: [("Host", HOST), ("Date", DATE), ("Digest", DIGEST)]
    )
    names: str = "(request-target) host date digest"
    algorithm: str | None = "rsa-sha256"
    created: str | None = None
    expires: str | None = None
    body: bytes = BODY

    def set(self, name: str, value: str) -> "Draft":
        """Replace a header, or add one."""
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.headers = [*kept, (name, value)]
        return self

    def without(self, name: str) -> "Draft":
        """Leave a header out of the request and out of the signature."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.names = " ".join(one for one in self.names.split(" ") if one != name.lower())
        return self

    def signing_string(self) -> bytes:
        """Return what is signed: section 2.3 of draft-cavage-http-signatures-12."""
        values = {name.lower(): value for name, value in self.headers}
        target = self.target if self.signed_target is None else self.signed_target
        values["(request-target)"] = f"{self.method.lower()} {target}"
        values["(created)"], values["(expires)"] = self.created or "", self.expires or ""
        return "\n".join(f"{name}: {values[name]}" for name in self.names.split(" ")).encode()

    def signature(self) -> str:
        """Return the signature alone."""
        return base64.b64encode(
            pool_key(0).sign(self.signing_string(), PKCS1v15(), SHA256())
        ).decode()

    def request(self) -> SignedRequest:
        """Sign, and return the request as it would arrive."""
        parameters = [f'keyId="{KEY_ID}"']
        if self.algorithm is not None:
            parameters.append(f'algorithm="{self.algorithm}"')
        if self.created is not None:
            parameters.append(f"created={self.created}")
        if self.expires is not None:
            parameters.append(f"expires={self.expires}")
        parameters += [f'headers="{self.names}"', f'signature="{self.signature()}"']
        return self.request_with(",".join(parameters))

    def request_with(self, signature: str) -> SignedRequest:
        """Return the request with this `Signature` header."""
        return SignedRequest(
            method=self.method,
            path_qs=self.target,
            headers=CIMultiDict([*self.headers, ("Signature", signature)]),
            body=self.body,
        )
