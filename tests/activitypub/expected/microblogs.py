"""What Mastodon's and GoToSocial's sample documents mean."""

from typing import Any
from unittest.mock import ANY

from dosfed.activitypub.vocabulary import (
    Accept,
    Announce,
    Block,
    Delete,
    Flag,
    Follow,
    Like,
    Other,
    Post,
    Profile,
    QuoteRequest,
    Reject,
    Undo,
    Update,
)
from tests.activitypub.expected.values import (
    ARGUMENT,
    CITIZEN,
    CONSULTATION,
    INSTANCE,
    ORGANISER,
    OUR_FOLLOW,
    POLL,
    PUBLIC,
    Expected,
    at,
    create,
    post,
)

MASTO = "https://masto.example"
ANA = f"{MASTO}/users/ana"
FOLLOW = Follow(
    id=f"{MASTO}/6f1d7a52-0c7e-4f0b-9a2e-0d7c9f3b1e11",
    actor=ANA,
    object=CONSULTATION,
    document=ANY,
)
OUR_REQUEST = Follow(id=OUR_FOLLOW, actor=INSTANCE, object=ANA, document=ANY)
LIKE = Like(id=f"{ANA}#likes/55", actor=ANA, object=ARGUMENT)
BOOST = Announce(id=f"{ANA}/statuses/117/activity", actor=ANA, object=POLL, about=None)
BLOCK = Block(id=f"{MASTO}/2c0e5d1c-77f1-4b0a-8f0f-9f6a3f0d2b10", actor=ANA, object=ORGANISER)
REPLY = post(
    f"{ANA}/statuses/113",
    ANA,
    in_reply_to=POLL,
    content=ANY,
    language="fr",
    published=at("2026-09-02T10:15:30"),
    audience=(PUBLIC, f"{ANA}/followers", ORGANISER),
    mentions=(ORGANISER,),
    hashtags=("Contre",),
    url=f"{MASTO}/@ana/113",
)
EDITED = post(
    f"{ANA}/statuses/113",
    ANA,
    in_reply_to=POLL,
    content=ANY,
    language="fr",
    published=at("2026-09-02T10:15:30"),
    updated=at("2026-09-02T10:20:00"),
    audience=(PUBLIC, f"{ANA}/followers", ORGANISER),
    mentions=(ORGANISER,),
    hashtags=("Contre",),
    url=f"{MASTO}/@ana/113",
)

MASTODON: Expected = {
    "mastodon/follow": FOLLOW,
    "mastodon/undo_follow": Undo(
        id=f"{ANA}#follows/71/undo", actor=ANA, object=FOLLOW.id, about=FOLLOW
    ),
    "mastodon/accept_follow": Accept(
        id=f"{ANA}#accepts/follows/", actor=ANA, object=OUR_FOLLOW, about=OUR_REQUEST
    ),
    "mastodon/reject_follow": Reject(
        id=f"{ANA}#rejects/follows/",
        actor=ANA,
        object=OUR_FOLLOW,
        about=OUR_REQUEST,
        document=ANY,
    ),
    "mastodon/vote": create(
        f"{ANA}#votes/901/activity",
        ANA,
        post(
            f"{ANA}#votes/901", ANA, in_reply_to=POLL, name="D\u2019accord", audience=(ORGANISER,)
        ),
    ),
    "mastodon/reply": create(
        f"{ANA}/statuses/113/activity", ANA, REPLY, published=at("2026-09-02T10:15:30")
    ),
    "mastodon/update_note": Update(
        id=f"{ANA}/statuses/113#updates/1788344400", actor=ANA, object=EDITED
    ),
    "mastodon/delete_note": Delete(
        id=f"{ANA}/statuses/113#delete", actor=ANA, object=f"{ANA}/statuses/113"
    ),
    "mastodon/direct_message": create(
        f"{ANA}/statuses/114/activity",
        ANA,
        post(
            f"{ANA}/statuses/114",
            ANA,
            content=ANY,
            language="fr",
            published=at("2026-09-02T10:15:30"),
            audience=(ORGANISER,),
            mentions=(ORGANISER,),
            url=f"{MASTO}/@ana/114",
        ),
        published=at("2026-09-02T10:15:30"),
    ),
    "mastodon/proposal": create(
        f"{ANA}/statuses/115/activity",
        ANA,
        post(
            f"{ANA}/statuses/115",
            ANA,
            content=ANY,
            language="fr",
            published=at("2026-09-02T10:15:30"),
            audience=(
                PUBLIC,
                f"{ANA}/followers",
                f"{CONSULTATION}/followers",
                CONSULTATION,
            ),
            mentions=(CONSULTATION,),
            url=f"{MASTO}/@ana/115",
        ),
        published=at("2026-09-02T10:15:30"),
    ),
    "mastodon/question": create(
        f"{ANA}/statuses/116/activity",
        ANA,
        post(
            f"{ANA}/statuses/116",
            ANA,
            type="Question",
            content="<p>Lundi ou mardi ?</p>",
            language="fr",
            published=at("2026-09-02T10:15:30"),
            audience=(PUBLIC, f"{ANA}/followers"),
            url=f"{MASTO}/@ana/116",
        ),
        published=at("2026-09-02T10:15:30"),
    ),
    "mastodon/like": LIKE,
    "mastodon/undo_like": Undo(id=f"{ANA}#likes/55/undo", actor=ANA, object=LIKE.id, about=LIKE),
    "mastodon/announce": BOOST,
    "mastodon/undo_announce": Undo(
        id=f"{ANA}/statuses/117/activity/undo", actor=ANA, object=BOOST.id, about=BOOST
    ),
    "mastodon/update_actor": Update(
        id=f"{ANA}#updates/1788345000", actor=ANA, object=Profile(id=ANA, document=ANY)
    ),
    "mastodon/delete_actor": Delete(id=f"{ANA}#delete", actor=ANA, object=ANA),
    "mastodon/block": BLOCK,
    "mastodon/undo_block": Undo(id=f"{ANA}#blocks/9/undo", actor=ANA, object=BLOCK.id, about=BLOCK),
    "mastodon/flag": Flag(
        id=f"{MASTO}/8b6d4b2e-1d64-4c37-a2fd-5b8f0c9e7a33",
        actor=f"{MASTO}/actor",
        objects=(ORGANISER, ARGUMENT),
        content="Insultes",
    ),
    "mastodon/quote_request": QuoteRequest(
        id=f"{ANA}/quote_requests/c1f7",
        actor=ANA,
        object=POLL,
        instrument=f"{ANA}/statuses/118",
        document=ANY,
    ),
    "mastodon/move": Other(id=f"{ANA}#moves/3", actor=ANA, type="Move", document=ANY),
}

GTS = "https://gts.example"
BO = f"{GTS}/users/bo"
NOTE = f"{BO}/statuses/01J5ZE00000000000000000001"
VOTES = f"{BO}#01J5ZD0A1B2C3D4E5F6G7H8J9K/votes"
GTS_FOLLOW = Follow(
    id=f"{BO}/follow/01J5ZC1M0R8Q4T6V8X0Y2Z4A6C", actor=BO, object=CONSULTATION, document=ANY
)
GTS_LIKE = Like(id=f"{BO}/liked/01J5ZF00000000000000000003", actor=BO, object=ARGUMENT)


def _choice(number: int, name: str) -> Post:
    return post(f"{VOTES}/{number}", BO, in_reply_to=POLL, name=name, audience=(ORGANISER,))


def _note(**known: Any) -> Post:
    return post(
        NOTE,
        BO,
        in_reply_to=POLL,
        content=ANY,
        language="en",
        published=at("2026-09-03T08:00:00"),
        audience=(PUBLIC, ORGANISER, f"{BO}/followers"),
        mentions=(ORGANISER,),
        hashtags=("for",),
        url=f"{GTS}/@bo/statuses/01J5ZE00000000000000000001",
        **known,
    )


GOTOSOCIAL: Expected = {
    "gotosocial/follow": GTS_FOLLOW,
    "gotosocial/undo_follow": Undo(
        id=f"{BO}#01J5ZC4P2S8R5U7W9Y1Z3A5B7D", actor=BO, object=GTS_FOLLOW.id, about=GTS_FOLLOW
    ),
    "gotosocial/vote": create(
        f"{BO}/activity#vote0/{POLL}",
        BO,
        _choice(0, "Agree"),
        published=at("2026-09-03T07:00:00"),
    ),
    "gotosocial/vote_second_choice": create(
        f"{BO}/activity#vote1/{POLL}",
        BO,
        _choice(1, "Sud"),
        published=at("2026-09-03T07:00:00"),
    ),
    "gotosocial/votes_in_one": create(
        f"{BO}/activity#vote/{POLL}",
        BO,
        _choice(0, "Nord"),
        _choice(1, "Sud"),
        published=at("2026-09-03T07:00:00"),
    ),
    "gotosocial/reply": create(
        f"{NOTE}/activity#Create", BO, _note(), published=at("2026-09-03T08:00:00")
    ),
    "gotosocial/update_note": Update(
        id=f"{NOTE}/activity#Update/01J5ZEA0000000000000000002",
        actor=BO,
        object=_note(updated=at("2026-09-03T08:30:00")),
    ),
    "gotosocial/delete_note": Delete(id=f"{NOTE}/activity#Delete", actor=BO, object=NOTE),
    "gotosocial/like": GTS_LIKE,
    "gotosocial/undo_like": Undo(
        id=f"{BO}#01J5ZF11111111111111111114", actor=BO, object=GTS_LIKE.id, about=GTS_LIKE
    ),
    "gotosocial/announce": Announce(
        id=f"{BO}/statuses/01J5ZG00000000000000000005", actor=BO, object=POLL, about=None
    ),
    "gotosocial/block": Block(
        id=f"{BO}/blocks/01J5ZH00000000000000000006", actor=BO, object=ORGANISER
    ),
    "gotosocial/flag": Flag(
        id=f"{GTS}/reports/01J5ZJ00000000000000000007",
        actor=f"{GTS}/users/gts.example",
        objects=(CITIZEN, ARGUMENT),
        content="spam",
    ),
    "gotosocial/delete_actor": Delete(
        id=f"{BO}#delete/01J5ZK00000000000000000008", actor=BO, object=BO
    ),
}
