"""The @context of all that we publish: our own words come in from above."""

from collections.abc import Mapping
from typing import Any

from dosfed.instance import ACTIVITYSTREAMS

_TERMS: Mapping[str, Any] = {
    "assertionMethod": {
        "@id": "https://w3id.org/security#assertionMethod",
        "@type": "@id",
        "@container": "@set",
    },
    "Hashtag": "as:Hashtag",
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "webfinger": {
        "@id": "https://purl.archive.org/socialweb/webfinger#webfinger",
        "@type": "http://www.w3.org/2001/XMLSchema#string",
    },
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "toot": "http://joinmastodon.org/ns#",
    "votersCount": "toot:votersCount",
    "postingRestrictedToMods": "https://join-lemmy.org/ns#postingRestrictedToMods",
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "implements": {
        "@id": "https://w3id.org/fep/844e/implements",
        "@type": "@id",
        "@container": "@list",
    },
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
    "FeatureRequest": "https://w3id.org/fep/7aa9#FeatureRequest",
    "FeatureAuthorization": "https://w3id.org/fep/7aa9#FeatureAuthorization",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
}


def context_with(terms: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return one context for every document: an actor in an Update is read under the Update's."""
    return (
        ACTIVITYSTREAMS,
        "https://w3id.org/security/v1",
        "https://w3id.org/security/multikey/v1",
        {**_TERMS, **terms},
    )
