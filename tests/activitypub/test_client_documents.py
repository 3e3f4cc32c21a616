"""Documents of others: which are believed, which are refused."""

import pytest

from dosfed.activitypub.client import Client, FetchFailed, Gone, is_activity_type
from tests.activitypub.peer import Peer
from tests.simulated.signing import MEDIA_TYPE


async def test_a_document_is_believed_at_its_own_id(peer: Peer, client: Client) -> None:
    document = {"id": peer.url("/users/ana"), "type": "Person"}
    peer.says("/users/ana", document)
    assert await client.get_document(peer.url("/users/ana#main-key")) == document


async def test_a_document_that_claims_another_id_is_asked_for_there(
    peer: Peer, client: Client
) -> None:
    document = {"id": peer.url("/users/ana"), "type": "Person", "name": "Ana"}
    peer.says("/@ana", {**document, "name": "Forged"})
    peer.says("/users/ana", document)
    assert await client.get_document(peer.url("/@ana")) == document


async def test_a_document_from_a_foreign_origin_is_not_believed(peer: Peer, client: Client) -> None:
    victim = peer.url("/users/ana", name="victim")
    peer.says("/upload", {"id": victim, "type": "Person"})
    peer.redirects("/moved", peer.url("/upload", name="third"))
    for path in ("/upload", "/moved"):
        with pytest.raises(FetchFailed, match="its id"):
            await client.get_document(peer.url(path))


async def test_a_document_that_claims_yet_another_id_is_given_up(
    peer: Peer, client: Client
) -> None:
    peer.says("/a", {"id": peer.url("/b")})
    peer.says("/b", {"id": peer.url("/c")})
    peer.says("/c", {"id": peer.url("/c")})
    with pytest.raises(FetchFailed, match="its id"):
        await client.get_document(peer.url("/a"))


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"id": NaN}', b"\xff", b'"x"'])
async def test_what_is_no_document_is_refused(peer: Peer, client: Client, body: bytes) -> None:
    peer.says("/x", body, content_type=MEDIA_TYPE)
    with pytest.raises(FetchFailed) as caught:
        await client.get_document(peer.url("/x"))
    assert caught.value.is_final


async def test_a_file_that_a_user_has_uploaded_is_no_document(peer: Peer, client: Client) -> None:
    peer.says("/x", {"id": peer.url("/x")}, content_type="application/json")
    with pytest.raises(FetchFailed, match="type"):
        await client.get_document(peer.url("/x"))


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_told_apart(peer: Peer, client: Client, status: int) -> None:
    peer.says("/x", {"type": "Tombstone"}, status=status)
    with pytest.raises(Gone) as caught:
        await client.get_document(peer.url("/x"))
    assert caught.value.status == status


@pytest.mark.parametrize(("status", "is_final"), [(403, True), (429, False), (500, False)])
async def test_a_failure_says_whether_it_may_pass(
    peer: Peer,
    client: Client,
    status: int,
    is_final: bool,  # noqa: FBT001
) -> None:
    peer.says("/x", status=status)
    with pytest.raises(FetchFailed) as caught:
        await client.get_document(peer.url("/x"))
    assert caught.value.is_final is is_final


@pytest.mark.parametrize(
    ("content_type", "is_taken"),
    [
        ("application/activity+json", True),
        ("Application/Activity+JSON; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json; profile=https://www.w3.org/ns/activitystreams", True),
        ('application/ld+json; profile="x https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams2"', False),
        ("application/json", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_two_content_types_are_taken(content_type: str, is_taken: bool) -> None:  # noqa: FBT001
    assert is_activity_type(content_type) is is_taken
