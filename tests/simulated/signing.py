"""HTTP signatures as other servers make and check them, sharing no code with ours."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

Form = Literal["cavage", "rfc9421"]
MEDIA_TYPE = "application/activity+json"
POOL_SIZE = 24
CAVAGE_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
SIGNATURE_INPUT = re.compile(r"^(?P<label>[\w-]+)=(?P<params>\((?P<names>[^)]*)\);.*)$")


class BadSignature(Exception):
    """A request is not signed as it should be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key under the id by which others look up its public half."""

    id: str
    private: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request before it is signed; a GET has an empty body."""

    method: str
    url: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived; header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@cache
def _pool_key(number: int) -> rsa.RSAPrivateKey:
    del number  # only tells the keys of the pool apart
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pool_key(number: int) -> rsa.RSAPrivateKey:
    """Return one of a few RSA-2048 keys that many actors share, since making one takes 30 ms."""
    return _pool_key(number % POOL_SIZE)


@cache
def public_pem(private: rsa.RSAPrivateKey) -> str:
    """Return the public half as others publish it."""
    return (
        private.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def signed_headers(message: Message, key: Key, form: Form = "cavage") -> dict[str, str]:
    """Return the headers with which a server sends this request under that key."""
    return _sign_cavage(message, key) if form == "cavage" else _sign_message(message, key)


def sha256_base64(body: bytes) -> str:
    """Return the digest that `Digest` and `Content-Digest` carry."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def _sign_cavage(message: Message, key: Key) -> dict[str, str]:
    """Sign every header that Mastodon signs (draft-cavage-http-signatures-12)."""
    target = urlsplit(message.url)
    path = target.path + (f"?{target.query}" if target.query else "")
    headers = {"Host": target.netloc, "Date": format_datetime(message.at, usegmt=True)}
    if message.body:
        headers["Digest"] = "SHA-256=" + sha256_base64(message.body)
        headers["Content-Type"] = MEDIA_TYPE
    lines = {"(request-target)": f"{message.method.lower()} {path}"}
    lines |= {name.lower(): value for name, value in headers.items()}
    text = "\n".join(f"{name}: {value}" for name, value in lines.items())
    headers["Signature"] = (
        f'keyId="{key.id}",algorithm="rsa-sha256",headers="{" ".join(lines)}",'
        f'signature="{_sign(key, text)}"'
    )
    return headers


def _sign_message(message: Message, key: Key) -> dict[str, str]:
    """Sign method, target and digest, as Mastodon and Fedify do (RFC 9421)."""
    headers = {"Host": urlsplit(message.url).netloc}
    components = {"@method": message.method, "@target-uri": message.url}
    if message.body:
        headers["Content-Type"] = MEDIA_TYPE
        headers["Content-Digest"] = f"sha-256=:{sha256_base64(message.body)}:"
        components["content-digest"] = headers["Content-Digest"]
    names = " ".join(f'"{name}"' for name in components)
    created = int(message.at.timestamp())
    parameters = f'({names});created={created};keyid="{key.id}";alg="rsa-v1_5-sha256"'
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{_sign(key, _base(components, parameters))}:"
    return headers


def _base(components: Mapping[str, str], parameters: str) -> str:
    lines = [f'"{name}": {value}' for name, value in components.items()]
    return "\n".join([*lines, f'"@signature-params": {parameters}'])


def _sign(key: Key, text: str) -> str:
    signature = key.private.sign(text.encode("utf-8"), padding.PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode("ascii")


def form_of(request: Request) -> Form:
    """Return the form in which a request is signed, or raise `BadSignature` if it is not."""
    if "signature-input" in request.headers:
        return "rfc9421"
    if "signature" in request.headers:
        return "cavage"
    raise BadSignature("not signed")


def key_id_of(request: Request) -> str:
    """Return the id of the key that a request says it is signed with."""
    if form_of(request) == "rfc9421":
        found = re.search(r'keyid="([^"]*)"', request.headers["signature-input"])
    else:
        found = re.search(r'keyId="([^"]*)"', request.headers["signature"])
    if found is None:
        raise BadSignature("no key id")
    return found[1]


def check_signature(request: Request, pem: str, *, now: datetime) -> None:
    """Raise `BadSignature` unless this key signed the whole of the request lately."""
    if form_of(request) == "rfc9421":
        text, signature = _message_to_check(request, now)
    else:
        text, signature = _cavage_to_check(request, now)
    public = load_pem_public_key(pem.encode("ascii"))
    if not isinstance(public, rsa.RSAPublicKey):
        raise BadSignature("not an RSA key")
    try:
        public.verify(
            base64.b64decode(signature), text.encode("utf-8"), padding.PKCS1v15(), SHA256()
        )
    except InvalidSignature as error:
        raise BadSignature("not made with this key") from error


def _cavage_to_check(request: Request, now: datetime) -> tuple[str, str]:
    parameters = dict(CAVAGE_PARAMETER.findall(request.headers["signature"]))
    names = parameters.get("headers", "date").split(" ")
    needed = {"(request-target)", "host", "date"} | ({"digest"} if request.body else set())
    if missing := needed - set(names):
        raise BadSignature(f"unsigned: {sorted(missing)}")
    if request.body and request.headers["digest"] != "SHA-256=" + sha256_base64(request.body):
        raise BadSignature("the digest is not the body's")
    # Mobilizon parses exactly this pattern.
    date = datetime.strptime(request.headers["date"], "%a, %d %b %Y %H:%M:%S GMT").replace(
        tzinfo=UTC
    )
    _check_age(date.timestamp(), now)
    target = urlsplit(request.url)
    path = target.path + (f"?{target.query}" if target.query else "")
    values = {**request.headers, "(request-target)": f"{request.method.lower()} {path}"}
    return "\n".join(f"{name}: {values[name]}" for name in names), parameters["signature"]


def _message_to_check(request: Request, now: datetime) -> tuple[str, str]:
    found = SIGNATURE_INPUT.match(request.headers["signature-input"])
    if found is None:
        raise BadSignature("the signature's input cannot be read")
    names = [name.strip('"') for name in found["names"].split(" ")]
    needed = {"@method", "@target-uri"} | ({"content-digest"} if request.body else set())
    if missing := needed - set(names):
        raise BadSignature(f"unsigned: {sorted(missing)}")
    digest = f"sha-256=:{sha256_base64(request.body)}:"
    if request.body and request.headers["content-digest"] != digest:
        raise BadSignature("the digest is not the body's")
    created = re.search(r"created=(\d+)", found["params"])
    if created is None:
        raise BadSignature("no moment of creation")
    _check_age(int(created[1]), now)
    target = urlsplit(request.url)
    values = {
        **request.headers,
        "@method": request.method,
        "@target-uri": request.url,
        "@authority": target.netloc,
        "@path": target.path,
    }
    components = {name: values[name] for name in names}
    signature = request.headers["signature"].removeprefix(f"{found['label']}=:").removesuffix(":")
    return _base(components, found["params"]), signature


def _check_age(signed_at: float, now: datetime) -> None:
    # Misskey allows 300 seconds, less than anybody else.
    if abs(now.timestamp() - signed_at) > 300:
        raise BadSignature("signed too long ago, or in the future")
