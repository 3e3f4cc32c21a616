"""Leave to put our actors into collections, proved by a stamp (FEP-7aa9).

It is for everybody, as leave to quote is (`quotes`); so nothing has to be kept.
"""

from typing import Any

from dosfed.wire import quotes


def write_feature_stamp(actor: str, collection: str) -> dict[str, Any]:
    """Write the authorization by which an actor of ours stands in a collection."""
    return {
        "id": f"{actor}/features/{quotes.token_of(collection)}",
        "type": "FeatureAuthorization",
        "attributedTo": actor,
        "interactingObject": collection,
        "interactionTarget": actor,
    }


def read_feature_stamp(actor: str, token: str) -> dict[str, Any] | None:
    """Return the authorization behind the end of its id, or None if it names no collection."""
    collection = quotes.read_stamp(token)
    return None if collection is None else write_feature_stamp(actor, collection)
