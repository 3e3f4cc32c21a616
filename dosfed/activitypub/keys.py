"""The keys of actors: ours to sign with, others' to check."""

from collections import OrderedDict
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from sqlalchemy import select

from dosfed.activitypub.tables import Actors
from dosfed.storage.engine import Database

PublicKey = RSAPublicKey | Ed25519PublicKey

OUR_BITS = 2048  # what every server verifies
# At least what NIST SP 800-57 asks for today; at most what is checked in a millisecond.
MIN_BITS, MAX_BITS = 2048, 8192
# A check costs as much as its exponent is long; real ones have 17 bits.
MAX_EXPONENT_BITS = 33
MAX_PEM = 4_096  # one of 8192 bits has 1,500 characters
MAX_SIGNERS = 10_000

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_PREFIX = b"\xed\x01"  # multicodec ed25519-pub, as FEP-521a has it
ED25519_LENGTH = 32
MAX_MULTIBASE = 100


class BadKey(ValueError):
    """A key that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key of ours with the id under which others find its public half."""

    key_id: str
    key: RSAPrivateKey


def make_rsa_key() -> tuple[str, str]:
    """Return a new RSA-2048 key as private PEM and public PEM (SPKI); takes about 30 ms."""
    key = generate_private_key(public_exponent=65_537, key_size=OUR_BITS)
    return _private_pem(key), _public_pem(key.public_key())


def make_proof_key() -> str:
    """Return a new Ed25519 key as private PEM, for proofs of our own (FEP-8b32)."""
    return _private_pem(Ed25519PrivateKey.generate())


def public_multibase(proof_pem: str) -> str:
    """Return the public half of a proof key as a Multikey shows it (z6Mk…)."""
    key = serialization.load_pem_private_key(proof_pem.encode(), password=None)
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "z" + _base58(ED25519_PREFIX + raw)


def multibase_to_pem(value: str) -> str:
    """Return the Ed25519 key of a Multikey as public PEM, or raise `BadKey`."""
    raw = _read_base58(value[1:]) if value[:1] == "z" and len(value) <= MAX_MULTIBASE else b""
    prefix, key = raw[: len(ED25519_PREFIX)], raw[len(ED25519_PREFIX) :]
    if prefix != ED25519_PREFIX or len(key) != ED25519_LENGTH:
        raise BadKey("not an Ed25519 key in base58")
    return _public_pem(Ed25519PublicKey.from_public_bytes(key))


def read_public_key(pem: str) -> PublicKey:
    """Return a key strong enough to be believed, yet cheap to check, or raise `BadKey`."""
    if len(pem) > MAX_PEM:
        raise BadKey("too long")
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("not a public key in PEM") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise BadKey("neither RSA nor Ed25519")
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise BadKey(f"RSA with {key.key_size} bits")
    if key.public_numbers().e.bit_length() > MAX_EXPONENT_BITS:
        raise BadKey("an exponent out of all proportion")
    return key


def read_private_key(pem: str) -> RSAPrivateKey:
    """Return a key of our own database; its primes, which we made, are not tested again.

    The test costs 30 ms of CPU for each key.
    """
    key = serialization.load_pem_private_key(
        pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("not an RSA key")
    return key


class KeyRing:
    """The signers of our actors, each loaded once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signers: OrderedDict[str, Signer] = OrderedDict()

    async def signer(self, actor_id: str) -> Signer:
        """Return what an actor of ours signs with, or raise `LookupError`."""
        signer = self._signers.get(actor_id)
        if signer is None:
            signer = await self._load(actor_id)
            self._signers[actor_id] = signer
            if len(self._signers) > MAX_SIGNERS:
                self._signers.popitem(last=False)
        return signer

    async def _load(self, actor_id: str) -> Signer:
        async with self._database.read() as connection:
            pem = (
                await connection.execute(select(Actors.private_key).where(Actors.id == actor_id))
            ).scalar_one_or_none()
        if not pem:  # whoever left has none in the end
            raise LookupError(f"no actor of ours: {actor_id}")
        return Signer(key_id=f"{actor_id}#main-key", key=read_private_key(pem))


def _private_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem(key: PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _base58(raw: bytes) -> str:
    number = int.from_bytes(raw)
    digits = ""
    while number:
        number, digit = divmod(number, len(BASE58))
        digits = BASE58[digit] + digits
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return BASE58[0] * zeros + digits


def _read_base58(text: str) -> bytes:
    number = 0
    for character in text:
        digit = BASE58.find(character)
        if digit < 0:
            raise BadKey("not base58")
        number = number * len(BASE58) + digit
    zeros = len(text) - len(text.lstrip(BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
