"""What other servers send is read as what it means, whatever its shape."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosfed.activitypub.parsing import read_activity, read_object
from dosfed.activitypub.reading import MAX_URI, Document, Malformed, read_document
from dosfed.activitypub.vocabulary import (
    ACTOR_TYPES,
    Create,
    Like,
    Other,
    Post,
    Profile,
    Reference,
    Undo,
)
from tests.activitypub.expected.microblogs import GOTOSOCIAL, MASTODON
from tests.activitypub.expected.notes import AKKOMA, MISSKEY
from tests.activitypub.expected.others import BONFIRE, DOSFED, HOLLO, MOBILIZON, SNAC
from tests.activitypub.expected.threads import LEMMY, PIEFED
from tests.activitypub.expected.values import PUBLIC, Expected

DOCUMENTS = Path(__file__).parent.parent / "documents"
EXPECTED: Expected = {
    **MASTODON,
    **GOTOSOCIAL,
    **MISSKEY,
    **AKKOMA,
    **PIEFED,
    **LEMMY,
    **SNAC,
    **HOLLO,
    **BONFIRE,
    **MOBILIZON,
    **DOSFED,
}
ACTORS = ("actor", "actor_numeric", "community", "main_key")
ALL = sorted(
    str(path.relative_to(DOCUMENTS).with_suffix("")) for path in DOCUMENTS.glob("*/*.json")
)
ACTIVITIES = [name for name in ALL if name.rpartition("/")[2] not in ACTORS]
PROFILES = [name for name in ALL if name not in ACTIVITIES]

ACTOR = "https://masto.example/users/ana"
LIKE = {"id": f"{ACTOR}#likes/1", "type": "Like", "actor": ACTOR, "object": "https://a.example/1"}


def sample(name: str) -> Document:
    return read_document((DOCUMENTS / f"{name}.json").read_bytes())


def test_every_sample_has_an_expected_value() -> None:
    assert set(EXPECTED) == set(ACTIVITIES)


@pytest.mark.parametrize("name", ACTIVITIES)
def test_samples_are_read_as_what_they_mean(name: str) -> None:
    assert read_activity(sample(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", ACTIVITIES)
def test_samples_written_anew_are_read_the_same(name: str) -> None:
    document = sample(name)
    again = read_document(orjson.dumps(document))
    assert read_activity(again) == read_activity(document)


@pytest.mark.parametrize("name", PROFILES)
def test_actors_are_read_as_profiles(name: str) -> None:
    document = sample(name)
    assert read_object(document) == Profile(id=document["id"], document=document)


@pytest.mark.parametrize("missing", ["type", "actor", "object"])
def test_an_activity_without_a_part_that_all_have_is_malformed(missing: str) -> None:
    with pytest.raises(Malformed, match=missing):
        read_activity({key: value for key, value in LIKE.items() if key != missing})


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://masto.example/1",
        "acct:ana@masto.example",
        "//masto.example/1",
        "https://",
        "https:///1",
        "https://masto.example /1",
        "https://masto.exa\nmple/1",
        "https://masto.example/\u2028",
        "https://delib.example\\@masto.example/1",
        "https://masto.example:pass@evil.example/1",
        "https://[masto.example/1",
        "https://масто.example/1",
        "https://masto.example/" + "é" * (MAX_URI // 2),
        7,
        [],
        {},
        {"id": 7},
    ],
)
def test_what_is_not_the_id_of_its_actors_host_is_malformed(uri: Any) -> None:
    with pytest.raises(Malformed):
        read_activity({**LIKE, "id": uri})


@pytest.mark.parametrize("host", ["evil.example", "masto.example:444", "ma.sto.example"])
def test_an_id_on_another_host_than_its_actors_is_malformed(host: str) -> None:
    with pytest.raises(Malformed, match="actor's host"):
        read_activity({**LIKE, "id": f"https://{host}/likes/1"})


def test_hosts_are_compared_without_case() -> None:
    read_activity({**LIKE, "id": "https://Masto.Example/likes/1"})


def test_actors_and_objects_may_be_embedded_or_in_arrays() -> None:
    embedded = {**LIKE, "actor": {"id": ACTOR, "type": "Person"}, "object": [LIKE["object"]]}
    assert read_activity(embedded) == read_activity(LIKE)


def test_an_unknown_type_is_read_as_other() -> None:
    document = {**LIKE, "type": "Juggle"}
    assert read_activity(document) == Other(
        id=LIKE["id"], actor=ACTOR, type="Juggle", document=document
    )


def test_an_activity_embedded_twice_is_read_once() -> None:
    undo = {**LIKE, "id": f"{ACTOR}#2", "type": "Undo", "object": LIKE}
    outer = read_activity({**undo, "id": f"{ACTOR}#3", "object": undo})
    assert isinstance(outer, Undo)
    assert isinstance(outer.about, Undo)
    assert outer.about.about is None
    assert outer.about.object == LIKE["id"]


def test_a_malformed_activity_inside_another_leaves_its_id() -> None:
    undo = read_activity({**LIKE, "type": "Undo", "object": {**LIKE, "object": None}})
    assert undo == Undo(id=LIKE["id"], actor=ACTOR, object=LIKE["id"], about=None)


def test_objects_of_unknown_types_are_references() -> None:
    thing = {"id": "https://a.example/1", "type": "Place"}
    assert read_object(thing) == Reference(id="https://a.example/1", type="Place")


@pytest.mark.parametrize("kind", sorted(ACTOR_TYPES | {"Place"}))
def test_objects_without_an_id_are_malformed(kind: str) -> None:
    with pytest.raises(Malformed):
        read_object({"type": kind, "content": "x"})


@pytest.mark.parametrize("without", [{}, {"id": None}, {"id": ""}])
def test_an_activity_may_do_without_an_id(without: dict[str, Any]) -> None:
    like = {key: value for key, value in LIKE.items() if key != "id"} | without
    assert read_activity(like) == Like(id="", actor=ACTOR, object=LIKE["object"])


@pytest.mark.parametrize("word", ["as:Public", "Public", PUBLIC])
@pytest.mark.parametrize("field", ["to", "cc", "audience"])
def test_a_post_is_public_by_any_name_of_everybody(field: str, word: str) -> None:
    document = {"id": "https://a.example/1", "type": "Note", field: [{"odd": 1}, word]}
    thing = read_object(document)
    assert isinstance(thing, Post)
    assert thing.is_public


def test_content_in_a_map_alone_is_content() -> None:
    note = {"id": "https://a.example/1", "type": "Note", "contentMap": {"eu": "<p>Bai.</p>"}}
    thing = read_object(note)
    assert isinstance(thing, Post)
    assert (thing.content, thing.language) == ("<p>Bai.</p>", "eu")


@pytest.mark.parametrize("language", ["", "x", '"><script>', "en\u0000", "e" * 300, "und"])
def test_what_is_no_language_is_none(language: str) -> None:
    note = {"id": "https://a.example/1", "type": "Note", "contentMap": {language: "x"}}
    thing = read_object(note)
    assert isinstance(thing, Post)
    assert thing.language is None


@pytest.mark.parametrize(
    "written",
    ["yesterday", "2026-09-01", "2026-09-01T00:00:00", 5, None, "0001-01-01T00:00:00+14:00"],
)
def test_a_moment_that_cannot_be_read_is_none(written: Any) -> None:
    note = {"id": "https://a.example/1", "type": "Note", "published": written}
    thing = read_object(note)
    assert isinstance(thing, Post)
    assert thing.published is None


ADDRESSES = ["id", "actor", "object", "to", "cc", "href", "url", "attributedTo", "inReplyTo"]
TEXTS = ["type", "tag", "name", "contentMap", "content", "published", "choice_text"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([ACTOR, "https://a.example/1", "Note", "Create", "Undo", "Mention", PUBLIC]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ADDRESSES, *TEXTS]), inner, max_size=6)
    ),
    max_leaves=20,
)
KINDS = sorted(
    {"Create", "Update", "Delete", "Follow", "Accept", "Reject", "Undo", "Like", "Dislike"}
    | {"EmojiReact", "Announce", "Block", "Flag", "QuoteRequest", "PollVote", "Question", "Move"}
)


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(KINDS), rest=st.dictionaries(st.text(max_size=12), JSON), inner=JSON)
def test_nothing_but_malformed_is_ever_raised(kind: str, rest: dict[str, Any], inner: Any) -> None:
    document = {**rest, **LIKE, "type": kind, "object": inner}
    with suppress(Malformed):
        assert read_activity(document).actor == ACTOR


@settings(max_examples=100, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(["id", "actor", "object", "type"]), JSON))
def test_a_spoilt_sample_is_read_or_malformed(changes: dict[str, Any]) -> None:
    for name in ("mastodon/reply", "gotosocial/votes_in_one", "piefed/announce_create"):
        document = {**json.loads((DOCUMENTS / f"{name}.json").read_text("utf-8")), **changes}
        with suppress(Malformed):
            read_activity(document)


def test_a_ballot_of_an_older_server_holds_several_notes() -> None:
    activity = read_activity(sample("gotosocial/votes_in_one"))
    assert isinstance(activity, Create)
    assert [thing.name for thing in activity.objects if isinstance(thing, Post)] == ["Nord", "Sud"]
