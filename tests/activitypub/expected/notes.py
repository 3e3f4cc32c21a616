"""What Misskey's and Akkoma's sample documents mean."""

from unittest.mock import ANY

from dosfed.activitypub.vocabulary import (
    Accept,
    Announce,
    Block,
    Delete,
    Flag,
    Follow,
    Like,
    Profile,
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

HOST = "https://misskey.example"
KEI = f"{HOST}/users/9kx2v0"
FOLLOW = Follow(id=f"{HOST}/follows/a1b2c3", actor=KEI, object=CONSULTATION, document=ANY)
REACTION = Like(id=f"{HOST}/likes/9l0cc3", actor=KEI, object=ARGUMENT)
RENOTE = Announce(id=f"{HOST}/notes/9l0dd5/activity", actor=KEI, object=POLL, about=None)

MISSKEY: Expected = {
    "misskey/follow": FOLLOW,
    "misskey/undo_follow": Undo(
        id=f"{HOST}/follows/a1b2c3/undo", actor=KEI, object=FOLLOW.id, about=FOLLOW
    ),
    "misskey/vote": create(
        f"{KEI}#votes/9l0aa1/activity",
        KEI,
        post(f"{KEI}#votes/9l0aa1", KEI, in_reply_to=POLL, name="Agree", audience=(ORGANISER,)),
        published=at("2026-09-04T01:02:03.456"),
    ),
    "misskey/reply": create(
        f"{HOST}/notes/9l0bb2/activity",
        KEI,
        post(
            f"{HOST}/notes/9l0bb2",
            KEI,
            in_reply_to=POLL,
            content=ANY,
            published=at("2026-09-04T01:05:00"),
            audience=(PUBLIC, f"{KEI}/followers", ORGANISER),
            mentions=(ORGANISER,),
            hashtags=("for",),
        ),
        published=at("2026-09-04T01:05:00"),
    ),
    "misskey/reaction": REACTION,
    "misskey/custom_reaction": Like(id=f"{HOST}/likes/9l0cc4", actor=KEI, object=ARGUMENT),
    "misskey/undo_reaction": Undo(
        id=f"{HOST}/likes/9l0cc3/undo", actor=KEI, object=REACTION.id, about=REACTION
    ),
    "misskey/renote": RENOTE,
    "misskey/undo_renote": Undo(
        id=f"{HOST}/notes/9l0dd5/activity/undo", actor=KEI, object=RENOTE.id, about=RENOTE
    ),
    "misskey/delete_note": Delete(
        id=f"{HOST}/notes/9l0bb2/delete", actor=KEI, object=f"{HOST}/notes/9l0bb2"
    ),
    "misskey/delete_actor": Delete(id=f"{KEI}#delete", actor=KEI, object=KEI),
    "misskey/flag": Flag(
        id=f"{HOST}/flags/9l0ee6",
        actor=f"{HOST}/users/instance.actor",
        objects=(CITIZEN,),
        content="Reported\nby a reader",
    ),
    "misskey/block": Block(id=f"{HOST}/blocks/9l0ff7", actor=KEI, object=ORGANISER),
    "misskey/update_actor": Update(
        id=f"{KEI}#updates/1788480000000", actor=KEI, object=Profile(id=KEI, document=ANY)
    ),
}

AKKOMA_HOST = "https://akkoma.example"
YARA = f"{AKKOMA_HOST}/users/yara"
ACTIVITIES = f"{AKKOMA_HOST}/activities"
OBJECTS = f"{AKKOMA_HOST}/objects"
AKKOMA_FOLLOW = Follow(id=f"{ACTIVITIES}/1f2e3d4c", actor=YARA, object=CONSULTATION, document=ANY)
REACT = Like(id=f"{ACTIVITIES}/5e6f7081", actor=YARA, object=ARGUMENT)

AKKOMA: Expected = {
    "akkoma/follow": AKKOMA_FOLLOW,
    "akkoma/undo_follow": Undo(
        id=f"{ACTIVITIES}/2a3b4c5d", actor=YARA, object=AKKOMA_FOLLOW.id, about=AKKOMA_FOLLOW
    ),
    "akkoma/vote": create(
        f"{ACTIVITIES}/3c4d5e6f",
        YARA,
        post(
            f"{OBJECTS}/7a8b9c0d",
            YARA,
            in_reply_to=POLL,
            name="Disagree",
            published=at("2026-09-05T06:10:11.123456"),
            audience=(ORGANISER,),
        ),
        published=at("2026-09-05T06:10:11.123400"),
    ),
    "akkoma/reply": create(
        f"{ACTIVITIES}/4d5e6f70",
        YARA,
        post(
            f"{OBJECTS}/8b9c0d1e",
            YARA,
            in_reply_to=ARGUMENT,
            content=ANY,
            language="fr",
            published=at("2026-09-05T06:12:00"),
            audience=(PUBLIC, ORGANISER, f"{YARA}/followers"),
            mentions=(ORGANISER,),
        ),
        published=at("2026-09-05T06:12:00"),
    ),
    "akkoma/emoji_react": REACT,
    "akkoma/undo_emoji_react": Undo(
        id=f"{ACTIVITIES}/6f708192", actor=YARA, object=REACT.id, about=REACT
    ),
    "akkoma/like": Like(id=f"{ACTIVITIES}/708192a3", actor=YARA, object=ARGUMENT),
    "akkoma/announce": Announce(id=f"{ACTIVITIES}/8192a3b4", actor=YARA, object=POLL, about=None),
    "akkoma/delete_note": Delete(
        id=f"{ACTIVITIES}/92a3b4c5", actor=YARA, object=f"{OBJECTS}/8b9c0d1e"
    ),
    "akkoma/accept_follow": Accept(
        id=f"{ACTIVITIES}/a3b4c5d6",
        actor=YARA,
        object=OUR_FOLLOW,
        about=Follow(id=OUR_FOLLOW, actor=INSTANCE, object=YARA, document=ANY),
    ),
    "akkoma/poll": create(
        f"{ACTIVITIES}/b4c5d6e7",
        YARA,
        post(
            f"{OBJECTS}/c5d6e7f8",
            YARA,
            type="Question",
            content="Lundi ou mardi ?",
            published=at("2026-09-05T06:16:00"),
            audience=(PUBLIC, f"{YARA}/followers"),
        ),
        published=at("2026-09-05T06:16:00"),
    ),
}
