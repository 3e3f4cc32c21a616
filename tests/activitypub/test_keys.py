"""Keys: made once, loaded once, believed only if they are strong."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.keys import (
    BadKey,
    KeyRing,
    make_proof_key,
    make_rsa_key,
    multibase_to_pem,
    public_multibase,
    read_private_key,
    read_public_key,
)
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from tests.conftest import START
from tests.simulated.signing import pool_key, public_pem


def test_the_two_halves_of_a_new_key_belong_together() -> None:
    private, public = make_rsa_key()
    assert public.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert read_private_key(private).public_key() == read_public_key(public)


def test_a_proof_key_shows_as_a_multikey_and_is_read_back() -> None:
    multibase = public_multibase(make_proof_key())
    assert multibase.startswith("z6Mk")
    assert isinstance(read_public_key(multibase_to_pem(multibase)), Ed25519PublicKey)


def test_a_multikey_known_from_elsewhere_is_read() -> None:
    # The first example of the did:key method's specification.
    known = "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
    pem = multibase_to_pem(known)
    assert isinstance(read_public_key(pem), Ed25519PublicKey)


@given(st.text(max_size=200))
def test_what_is_no_multikey_is_refused_cleanly(value: str) -> None:
    with pytest.raises(BadKey):
        multibase_to_pem(value)


@pytest.mark.parametrize("bits", [1024, 2047])
def test_a_weak_key_is_refused(bits: int) -> None:
    with pytest.raises(BadKey, match="bits"):
        read_public_key(public_pem(rsa.generate_private_key(65_537, bits)))


def test_a_key_that_is_dear_to_check_is_refused() -> None:
    modulus = pool_key(0).public_key().public_numbers().n
    costly = rsa.RSAPublicNumbers(e=(1 << 1024) + 1, n=modulus).public_key()
    pem = costly.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(BadKey, match="exponent"):
        read_public_key(pem)


def test_other_kinds_of_keys_are_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(BadKey):
        read_public_key(pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    with pytest.raises(BadKey):
        read_public_key(make_rsa_key()[0])


@given(st.text())
def test_what_is_no_key_is_refused_cleanly(pem: str) -> None:
    with pytest.raises(BadKey):
        read_public_key(pem)


async def test_an_actors_signer_is_loaded_once(database: Database, instance: Instance) -> None:
    async with database.write() as connection:
        await ensure_instance_actor(connection, instance, START)
    keys = KeyRing(database)

    signer = await keys.signer(instance.actor)

    assert signer.key_id == "https://delib.example/actor#main-key"
    assert await keys.signer(instance.actor) is signer


async def test_nobody_signs_for_an_unknown_actor(database: Database) -> None:
    with pytest.raises(LookupError):
        await KeyRing(database).signer("https://delib.example/u/nobody")
