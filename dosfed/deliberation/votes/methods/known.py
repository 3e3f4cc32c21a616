"""The ways to vote that this version of dosfed knows."""

from collections.abc import Mapping

from dosfed.deliberation.votes.methods.agree import AGREE
from dosfed.deliberation.votes.methods.model import BadTerms, Method
from dosfed.deliberation.votes.methods.multiple import MULTIPLE
from dosfed.deliberation.votes.methods.score import Score
from dosfed.deliberation.votes.methods.single import SINGLE
from dosfed.deliberation.votes.methods.support import SUPPORT
from dosfed.deliberation.votes.methods.unknown import Unknown

METHODS: Mapping[str, Method] = {
    method.word: method for method in (AGREE, SINGLE, MULTIPLE, SUPPORT, Score())
}
CONFIDENTIAL = "confidential"  # the voter's server knows what was chosen, and ours; nobody else
SECRECIES = frozenset({CONFIDENTIAL})


def method_of(word: str, terms: Mapping[str, object], secrecy: str) -> Method:
    """Return a poll's method with its terms.

    It is `Unknown` where the word, a term or the secrecy of the poll is one that this version
    does not know: to take a ballot all the same would be to promise what nobody here can keep.
    """
    method = METHODS.get(word)
    if method is None or secrecy not in SECRECIES:
        return Unknown(word=word)
    try:
        return method.with_terms(terms)
    except BadTerms:
        return Unknown(word=word)
