"""What PieFed's and Lemmy's sample documents mean."""

from typing import Any
from unittest.mock import ANY

from dosfed.activitypub.vocabulary import (
    Accept,
    Announce,
    Delete,
    Dislike,
    Flag,
    Follow,
    Like,
    Other,
    Undo,
    Update,
)
from tests.activitypub.expected.values import (
    ARGUMENT,
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

PIEFED_HOST = "https://piefed.example"
ZOE = f"{PIEFED_HOST}/u/zoe"
RIVERS = f"{PIEFED_HOST}/c/rivers"
DONE = f"{PIEFED_HOST}/activities"
COMMENT = f"{PIEFED_HOST}/comment/4411"
FOLLOW = Follow(id=f"{DONE}/follow/k1", actor=ZOE, object=CONSULTATION, document=ANY)
VOTE = Other(id=f"{DONE}/pollvote/k3v9d0a7", actor=ZOE, type="PollVote", document=ANY)
# What they choose: options that are not the names of Notes.
CHOSEN = {"piefed/poll_vote": ("Against",)}
# The audience stands in `cc` and in `audience` as well.
COMMENT_AUDIENCE = (PUBLIC, ORGANISER, CONSULTATION, f"{ZOE}/followers", CONSULTATION)
KNOWN: dict[str, Any] = {
    "in_reply_to": POLL,
    "content": "<p>The ferry landing floods in March.</p>",
    "language": "en",
    "published": at("2026-09-06T09:00:00.123456"),
    "audience": COMMENT_AUDIENCE,
    "mentions": (ORGANISER,),
}
CREATE = create(f"{DONE}/create/k5", ZOE, post(COMMENT, ZOE, **KNOWN))

PIEFED: Expected = {
    "piefed/follow": FOLLOW,
    "piefed/undo_follow": Undo(id=f"{DONE}/undo/k2", actor=ZOE, object=FOLLOW.id, about=FOLLOW),
    "piefed/poll_vote": VOTE,
    "piefed/announce_poll_vote": Announce(
        id=f"{DONE}/announce/k4", actor=RIVERS, object=VOTE.id, about=VOTE
    ),
    "piefed/reply": CREATE,
    "piefed/update_note": Update(
        id=f"{DONE}/update/k6",
        actor=ZOE,
        object=post(COMMENT, ZOE, **KNOWN, updated=at("2026-09-06T09:30:00")),
    ),
    "piefed/like": Like(id=f"{DONE}/like/k7", actor=ZOE, object=ARGUMENT),
    "piefed/dislike": Dislike(id=f"{DONE}/dislike/k8", actor=ZOE, object=ARGUMENT),
    "piefed/like_with_emoji": Like(id=f"{DONE}/like/k9", actor=ZOE, object=ARGUMENT),
    # The inner id is a fresh one, not that of the dislike.
    "piefed/undo_dislike": Undo(
        id=f"{DONE}/undo/k10",
        actor=ZOE,
        object=f"{DONE}/dislike/k11",
        about=Dislike(id=f"{DONE}/dislike/k11", actor=ZOE, object=ARGUMENT),
    ),
    "piefed/delete_note": Delete(id=f"{DONE}/delete/k12", actor=ZOE, object=COMMENT),
    "piefed/undo_delete": Undo(
        id=f"{DONE}/undo/k13",
        actor=ZOE,
        object=f"{DONE}/delete/k12",
        about=Delete(id=f"{DONE}/delete/k12", actor=ZOE, object=COMMENT),
    ),
    "piefed/announce_create": Announce(
        id=f"{DONE}/announce/k14", actor=RIVERS, object=CREATE.id, about=CREATE
    ),
    "piefed/flag": Flag(id=f"{DONE}/flag/k15", actor=ZOE, objects=(POLL,), content="Off topic"),
    "piefed/choose_answer": Other(
        id=f"{DONE}/answer/k16", actor=ZOE, type="ChooseAnswer", document=ANY
    ),
}

LEMMY_HOST = "https://lemmy.example"
EVE = f"{LEMMY_HOST}/u/eve"
BOATS = f"{LEMMY_HOST}/c/boats"
ACTS = f"{LEMMY_HOST}/activities"
REMARK = f"{LEMMY_HOST}/comment/77"
LEMMY_FOLLOW = Follow(id=f"{ACTS}/follow/11aa", actor=EVE, object=CONSULTATION, document=ANY)
LEMMY_KNOWN: dict[str, Any] = {
    "in_reply_to": POLL,
    "content": "<p>Who pays for the bollards?</p>\n",
    "language": "en",
    "published": at("2026-09-07T12:00:00.5"),
    "audience": (PUBLIC, CONSULTATION, ORGANISER, CONSULTATION),
    "mentions": (ORGANISER,),
}
LEMMY_CREATE = create(f"{ACTS}/create/44dd", EVE, post(REMARK, EVE, **LEMMY_KNOWN))
UPVOTE = Like(id=f"{ACTS}/like/77aa", actor=EVE, object=ARGUMENT)

LEMMY: Expected = {
    "lemmy/follow": LEMMY_FOLLOW,
    "lemmy/undo_follow": Undo(
        id=f"{ACTS}/undo/22bb", actor=EVE, object=LEMMY_FOLLOW.id, about=LEMMY_FOLLOW
    ),
    "lemmy/accept_follow": Accept(
        id=f"{ACTS}/accept/33cc",
        actor=BOATS,
        object=OUR_FOLLOW,
        about=Follow(id=OUR_FOLLOW, actor=INSTANCE, object=BOATS, document=ANY),
    ),
    "lemmy/reply": LEMMY_CREATE,
    "lemmy/update_note": Update(
        id=f"{ACTS}/update/55ee",
        actor=EVE,
        object=post(REMARK, EVE, **LEMMY_KNOWN, updated=at("2026-09-07T12:05:00")),
    ),
    "lemmy/page": create(
        f"{ACTS}/create/66ff",
        EVE,
        post(
            f"{LEMMY_HOST}/post/31",
            EVE,
            type="Page",
            name="A free ferry on Sundays",
            content="<p>Both banks would meet.</p>\n",
            language="en",
            published=at("2026-09-07T12:10:00"),
            audience=(CONSULTATION, PUBLIC, CONSULTATION),
            hashtags=("quays",),
        ),
    ),
    "lemmy/like": UPVOTE,
    "lemmy/dislike": Dislike(id=f"{ACTS}/dislike/88bb", actor=EVE, object=ARGUMENT),
    "lemmy/undo_like": Undo(
        id=f"{ACTS}/undo/aadd",
        actor=EVE,
        object=f"{ACTS}/like/99cc",
        about=Like(id=f"{ACTS}/like/99cc", actor=EVE, object=ARGUMENT),
    ),
    "lemmy/delete_note": Delete(id=f"{ACTS}/delete/bbee", actor=EVE, object=REMARK),
    "lemmy/announce_create": Announce(
        id=f"{ACTS}/announce/create/ccff",
        actor=BOATS,
        object=LEMMY_CREATE.id,
        about=LEMMY_CREATE,
    ),
    "lemmy/announce_like": Announce(
        id=f"{ACTS}/announce/like/dd00", actor=BOATS, object=UPVOTE.id, about=UPVOTE
    ),
    "lemmy/announce_page": Announce(
        id=f"{ACTS}/announce/page/ee11",
        actor=BOATS,
        object=f"{LEMMY_HOST}/post/31",
        about=None,
    ),
    "lemmy/flag": Flag(id=f"{ACTS}/flag/ff22", actor=EVE, objects=(ARGUMENT,), content="rude"),
}
