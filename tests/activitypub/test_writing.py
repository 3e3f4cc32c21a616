"""What we publish has the shapes that every known server reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import orjson
import pytest

from dosfed.activitypub import writing
from dosfed.activitypub.contexts import context_with
from dosfed.activitypub.parsing import read_activity
from dosfed.activitypub.reading import read_document
from dosfed.activitypub.vocabulary import (
    Accept,
    Announce,
    Create,
    Delete,
    Follow,
    Post,
    Profile,
    Reject,
    Undo,
    Update,
)
from dosfed.instance import PUBLIC, Instance

TOWN = "https://delib.example/o/mairie"
GROUP = "https://delib.example/c/quais"
ANA = "https://masto.example/users/ana"
AT = datetime(2026, 9, 1, 8, 0, 0, 123_456, tzinfo=UTC)
QUESTION: dict[str, Any] = {
    "id": "https://delib.example/p/1",
    "type": "Question",
    "attributedTo": TOWN,
    "published": "2026-09-01T08:00:00Z",
    "to": [PUBLIC],
    "cc": [f"{TOWN}/followers", GROUP],
    "audience": GROUP,
    "content": "<p>Fermer les quais ?</p>",
}
FOLLOW = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://masto.example/follows/1",
    "type": "Follow",
    "actor": ANA,
    "object": GROUP,
}


@pytest.fixture
def instance() -> Instance:
    numbers = count(1)
    return Instance(base_url="https://delib.example", new_token=lambda: f"t{next(numbers)}")


def read_back(document: dict[str, Any]) -> Any:
    return read_activity(read_document(orjson.dumps(document)))


def test_a_create_speaks_for_its_object_to_the_same_audience(instance: Instance) -> None:
    document = writing.create(instance, QUESTION)

    assert document["id"] == "https://delib.example/activities/t1"
    assert document["actor"] == TOWN
    for name in ("to", "cc", "audience", "published"):
        assert document[name] == QUESTION[name]
    assert "@context" not in document["object"]
    activity = read_back(document)
    assert isinstance(activity, Create)
    (post,) = activity.objects
    assert isinstance(post, Post)
    assert post.is_public


def test_to_and_cc_are_arrays_even_where_nobody_is_copied(instance: Instance) -> None:
    ballot = {"id": "https://delib.example/b", "type": "Note", "attributedTo": ANA, "to": [TOWN]}
    document = writing.create(instance, ballot)
    assert document["to"] == [TOWN]
    assert document["cc"] == []
    assert "published" not in document


def test_an_update_of_a_poll_goes_where_the_poll_went(instance: Instance) -> None:
    activity = read_back(writing.update(instance, QUESTION))
    assert isinstance(activity, Update)
    assert isinstance(activity.object, Post)
    assert activity.actor == TOWN


def test_an_actor_updates_itself_even_if_moderators_own_it(instance: Instance) -> None:
    group = {"id": GROUP, "type": "Group", "attributedTo": f"{GROUP}/moderators", "name": "Quais"}
    document = writing.update(instance, group)

    assert document["actor"] == GROUP
    assert document["to"] == [PUBLIC]
    assert document["cc"] == [f"{GROUP}/followers"]
    activity = read_back(document)
    assert isinstance(activity, Update)
    assert isinstance(activity.object, Profile)


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_an_announce_is_public_whether_bare_or_wrapped(
    instance: Instance, *, is_wrapped: bool
) -> None:
    thing = writing.create(instance, QUESTION) if is_wrapped else QUESTION["id"]
    document = writing.announce(instance, GROUP, thing, at=AT)

    assert document["to"] == [PUBLIC]
    assert document["cc"] == [f"{GROUP}/followers"]
    assert document["published"] == "2026-09-01T08:00:00Z"
    activity = read_back(document)
    assert isinstance(activity, Announce)
    assert isinstance(activity.about, Create) is is_wrapped
    assert orjson.dumps(document).count(b"@context") == 1


def test_answers_embed_the_whole_request_for_its_sender_alone(instance: Instance) -> None:
    document = writing.accept(instance, GROUP, FOLLOW)
    assert document["to"] == [ANA]
    assert document["object"] == {key: FOLLOW[key] for key in ("id", "type", "actor", "object")}
    activity = read_back(document)
    assert isinstance(activity, Accept)
    assert isinstance(activity.about, Follow)

    refusal = writing.reject(instance, GROUP, FOLLOW)
    assert refusal["object"] == document["object"]
    assert isinstance(read_back(refusal), Reject)


def test_a_quote_is_granted_with_its_stamp(instance: Instance) -> None:
    request = {"id": f"{ANA}/q/1", "type": "QuoteRequest", "actor": ANA, "object": "x"}
    document = writing.accept(instance, TOWN, request, result="https://delib.example/stamps/1")
    assert document["result"] == "https://delib.example/stamps/1"


def test_an_undo_embeds_what_it_takes_back(instance: Instance) -> None:
    said = writing.create(instance, QUESTION)
    undone = read_back(writing.undo(instance, said))
    assert isinstance(undone, Undo)
    assert isinstance(undone.about, Create)
    assert undone.about.id == said["id"]


def test_a_delete_carries_a_tombstone_or_names_the_actor(instance: Instance) -> None:
    gone = writing.tombstone("https://delib.example/p/1", former_type="Question", at=AT)
    document = writing.delete(instance, TOWN, gone)
    assert document["object"]["type"] == "Tombstone"
    assert isinstance(read_back(document), Delete)

    self_delete = writing.delete(
        instance, TOWN, writing.tombstone(TOWN, former_type="Service", at=AT)
    )
    assert self_delete["object"] == TOWN


@pytest.mark.parametrize(
    "make",
    [
        lambda instance: writing.create(instance, QUESTION),
        lambda instance: writing.update(instance, QUESTION),
        lambda instance: writing.announce(instance, GROUP, "https://delib.example/p/1", at=AT),
        lambda instance: writing.accept(instance, GROUP, FOLLOW),
    ],
)
def test_the_context_comes_first_and_the_activity_is_complete(
    instance: Instance, make: Callable[[Instance], dict[str, Any]]
) -> None:
    raw = orjson.dumps(make(instance))
    document = orjson.loads(raw)
    assert next(iter(document)) == "@context"
    # PieFed drops what lacks one of these; Lemmy and Misskey what has an id elsewhere.
    assert {"id", "type", "actor", "object"} <= document.keys()
    assert document["id"].startswith("https://delib.example/")
    assert len(raw) < 4_096


def test_a_document_and_an_activity_have_the_context_of_the_instance(instance: Instance) -> None:
    speaking = replace(instance, context=context_with({"words": "https://words.example/#"}))
    document = orjson.loads(writing.to_json(speaking, {"id": "x"}))
    assert list(document) == ["@context", "id"]
    assert document["@context"][-1]["words"] == "https://words.example/#"
    activity = writing.create(speaking, QUESTION)
    assert orjson.loads(orjson.dumps(activity))["@context"] == document["@context"]


def test_what_another_server_sent_brings_no_context_along(instance: Instance) -> None:
    theirs = {"@context": "https://words.example/", "id": "https://masto.example/1", "type": "Like"}
    announced = writing.announce(instance, GROUP, theirs, at=AT)
    assert announced["@context"] == instance.context
    assert "@context" not in announced["object"]


def test_moments_are_in_utc_with_a_z() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=2)))
    assert writing.rfc3339(paris) == "2026-09-01T08:00:00Z"
    assert writing.rfc3339(paris, milliseconds=True) == "2026-09-01T08:00:00.123Z"
