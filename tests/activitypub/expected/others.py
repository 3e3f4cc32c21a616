"""What the sample documents of snac, Hollo, Bonfire, Mobilizon and dosfed mean."""

from unittest.mock import ANY

from dosfed.activitypub.vocabulary import Announce, Delete, Follow, Like, Other, Undo
from tests.activitypub.expected.values import (
    ARGUMENT,
    CONSULTATION,
    ORGANISER,
    POLL,
    PUBLIC,
    Expected,
    at,
    create,
    post,
)

SOL = "https://snac.example/sol"
SNAC_VOTE = f"{SOL}/p/1788700200.000003"
SNAC_NOTE = f"{SOL}/p/1788700300.000004"
SNAC_FOLLOW = Follow(
    id=f"{SOL}/d/1788700000.000001/Follow", actor=SOL, object=CONSULTATION, document=ANY
)
SNAC_LIKE = Like(id=f"{SOL}/d/1788700400.000005/Like", actor=SOL, object=ARGUMENT)

SNAC: Expected = {
    "snac/follow": SNAC_FOLLOW,
    "snac/undo_follow": Undo(
        id=f"{SOL}/d/1788700100.000002/Undo",
        actor=SOL,
        object=SNAC_FOLLOW.id,
        about=SNAC_FOLLOW,
    ),
    "snac/vote": create(
        f"{SNAC_VOTE}/Create",
        SOL,
        post(
            SNAC_VOTE,
            SOL,
            in_reply_to=POLL,
            name="D'accord",
            content="<br>",
            published=at("2026-09-06T14:30:00"),
            updated=at("2026-09-06T14:30:00"),
            audience=(ORGANISER, ORGANISER),
            mentions=(ORGANISER,),
            url=SNAC_VOTE,
        ),
        published=at("2026-09-06T14:30:00"),
    ),
    "snac/reply": create(
        f"{SNAC_NOTE}/Create",
        SOL,
        post(
            SNAC_NOTE,
            SOL,
            in_reply_to=POLL,
            content=ANY,
            published=at("2026-09-06T14:32:00"),
            audience=(ORGANISER, PUBLIC, f"{SOL}/followers"),
            mentions=(ORGANISER,),
            hashtags=("AFavor",),
            url=SNAC_NOTE,
        ),
        published=at("2026-09-06T14:32:00"),
    ),
    "snac/like": SNAC_LIKE,
    "snac/undo_like": Undo(
        id=f"{SOL}/d/1788700500.000006/Undo", actor=SOL, object=SNAC_LIKE.id, about=SNAC_LIKE
    ),
    "snac/announce": Announce(
        id=f"{SOL}/d/1788700600.000007/Announce", actor=SOL, object=POLL, about=None
    ),
    "snac/delete_note": Delete(id=f"{SOL}/d/1788700700.000008/Delete", actor=SOL, object=SNAC_NOTE),
}

LIN = "https://hollo.example/@lin"
HOLLO_FOLLOW = Follow(
    id="https://hollo.example/#follows/0191f0aa", actor=LIN, object=CONSULTATION, document=ANY
)
HOLLO_LIKE = Like(id=f"{LIN}#likes/0191f0af", actor=LIN, object=ARGUMENT)

HOLLO: Expected = {
    "hollo/follow": HOLLO_FOLLOW,
    "hollo/undo_follow": Undo(
        id="https://hollo.example/#unfollows/0191f0ab",
        actor=LIN,
        object=HOLLO_FOLLOW.id,
        about=HOLLO_FOLLOW,
    ),
    "hollo/undo_follow_by_id": Undo(
        id="https://hollo.example/#unfollows/0191f0ac",
        actor=LIN,
        object=HOLLO_FOLLOW.id,
        about=None,
    ),
    "hollo/vote": create(
        f"{LIN}#votes/0191f0ad/activity",
        LIN,
        post(
            f"{LIN}#votes/0191f0ad",
            LIN,
            in_reply_to=POLL,
            name="Abstention",
            audience=(ORGANISER,),
        ),
    ),
    "hollo/reply": create(
        f"{LIN}/0191f0ae#create",
        LIN,
        post(
            f"{LIN}/0191f0ae",
            LIN,
            in_reply_to=ARGUMENT,
            content=ANY,
            language="ko",
            published=at("2026-09-08T05:00:00.123"),
            audience=(PUBLIC, f"{LIN}/followers", ORGANISER),
            mentions=(ORGANISER,),
            url=f"{LIN}/0191f0ae",
        ),
        published=at("2026-09-08T05:00:00.123"),
    ),
    "hollo/like": HOLLO_LIKE,
    "hollo/undo_like": Undo(
        id=f"{LIN}#likes/0191f0af/undo", actor=LIN, object=HOLLO_LIKE.id, about=HOLLO_LIKE
    ),
    "hollo/emoji_react": Like(id=f"{LIN}#reactions/0191f0b0", actor=LIN, object=ARGUMENT),
    "hollo/delete_note": Delete(id=f"{LIN}/0191f0ae#delete", actor=LIN, object=f"{LIN}/0191f0ae"),
}

NIA = "https://bonfire.example/pub/actors/nia"
THINGS = "https://bonfire.example/pub/objects/01J6000000000000000000000"

BONFIRE: Expected = {
    # The poll is the activity itself, without a Create around it.
    "bonfire/question": create(
        f"{THINGS}1",
        NIA,
        post(
            f"{THINGS}1",
            NIA,
            type="Question",
            name="Which day?",
            content="<p>Which day suits you?</p>",
            published=at("2026-09-09T09:00:00"),
            audience=(PUBLIC, f"{NIA}/followers"),
        ),
        published=at("2026-09-09T09:00:00"),
    ),
    "bonfire/vote": create(
        f"{THINGS}2",
        NIA,
        post(
            f"{THINGS}3",
            NIA,
            in_reply_to=POLL,
            name="Agree",
            published=at("2026-09-09T09:05:00"),
            audience=(ORGANISER,),
        ),
        published=at("2026-09-09T09:05:00"),
    ),
    "bonfire/follow": Follow(id=f"{THINGS}4", actor=NIA, object=CONSULTATION, document=ANY),
    "bonfire/reply": create(
        f"{THINGS}5",
        NIA,
        post(
            f"{THINGS}6",
            NIA,
            in_reply_to=POLL,
            content="<p>Not before the school year ends.</p>",
            published=at("2026-09-09T09:10:00"),
            audience=(PUBLIC, ORGANISER),
        ),
        published=at("2026-09-09T09:10:00"),
    ),
}

MOBILIZON_HOST = "https://mobilizon.example"
MAR = f"{MOBILIZON_HOST}/@mar"
RELAY = f"{MOBILIZON_HOST}/relay"
REMARK = f"{MOBILIZON_HOST}/comments/6c2f"
RELAY_FOLLOW = Follow(
    id=f"{MOBILIZON_HOST}/follow/5b1e", actor=RELAY, object=CONSULTATION, document=ANY
)

MOBILIZON: Expected = {
    "mobilizon/follow": RELAY_FOLLOW,
    "mobilizon/undo_follow": Undo(
        id=f"{MOBILIZON_HOST}/follow/5b1e/undo",
        actor=RELAY,
        object=RELAY_FOLLOW.id,
        about=RELAY_FOLLOW,
    ),
    "mobilizon/reply": create(
        f"{REMARK}/activity",
        MAR,
        post(
            REMARK,
            MAR,
            in_reply_to=POLL,
            content="<p>¿Habrá barcas?</p>",
            published=at("2026-09-10T10:00:00"),
            audience=(PUBLIC, ORGANISER),
            mentions=(ORGANISER,),
        ),
    ),
    "mobilizon/delete_note": Delete(id=f"{REMARK}/delete", actor=MAR, object=REMARK),
    "mobilizon/event": create(
        f"{MOBILIZON_HOST}/events/7d30/activity",
        MAR,
        post(
            f"{MOBILIZON_HOST}/events/7d30",
            f"{MOBILIZON_HOST}/@wharf",
            authors=(f"{MOBILIZON_HOST}/@wharf", MAR),
            type="Event",
            name="Meeting on the quay",
            content="<p>Bring a chair.</p>",
            language="en",
            published=at("2026-09-10T11:00:00"),
            audience=(PUBLIC, f"{MOBILIZON_HOST}/@wharf/followers"),
            hashtags=("quay",),
            url=f"{MOBILIZON_HOST}/events/7d30",
        ),
    ),
    "mobilizon/join": Other(
        id=f"{MOBILIZON_HOST}/join/event/8e41", actor=MAR, type="Join", document=ANY
    ),
    "mobilizon/announce": Announce(
        id=f"{MOBILIZON_HOST}/announces/9f52", actor=RELAY, object=POLL, about=None
    ),
}

TEO = "https://neighbour.example/u/teo"
BALLOTS = "https://neighbour.example/ballots"

DOSFED: Expected = {
    "dosfed/ballot": create(
        f"{BALLOTS}/b1c2d3e4f5g6h7i8/create",
        TEO,
        post(
            f"{BALLOTS}/b1c2d3e4f5g6h7i8",
            TEO,
            in_reply_to=POLL,
            name="De acuerdo",
            published=at("2026-09-11T16:00:00.250"),
            audience=(ORGANISER,),
        ),
        published=at("2026-09-11T16:00:00.250"),
    ),
    "dosfed/ballot_of_several_choices": create(
        f"{BALLOTS}/c2d3e4f5g6h7i8j9/create",
        TEO,
        *(
            post(
                f"{BALLOTS}/c2d3e4f5g6h7i8j9#{number}",
                TEO,
                in_reply_to=POLL,
                name=name,
                published=at("2026-09-11T16:01:00.500"),
                audience=(ORGANISER,),
            )
            for number, name in enumerate(("Nord", "Sud"))
        ),
        published=at("2026-09-11T16:01:00.500"),
    ),
    "dosfed/argument": create(
        "https://neighbour.example/activities/d3e4f5g6h7i8j9k0",
        TEO,
        post(
            "https://neighbour.example/a/e4f5g6h7i8j9k0l1",
            TEO,
            in_reply_to=POLL,
            content="<p>Los camiones no caben.</p>",
            language="es",
            published=at("2026-09-11T16:02:00"),
            audience=(PUBLIC, ORGANISER, CONSULTATION, CONSULTATION),
            mentions=(ORGANISER,),
            url="https://neighbour.example/a/e4f5g6h7i8j9k0l1",
        ),
        published=at("2026-09-11T16:02:00"),
    ),
}
