"""The words we add to ActivityStreams, with the readings others may send.

Custom types are dropped by every other server, so our meaning travels in properties.
"""

import unicodedata
from datetime import datetime

from dosfed import texts
from dosfed.deliberation.debate.model import Stance

KIND = "dosfed:kind"
STANCE = "dosfed:stance"
ABOUT = "dosfed:about"
TITLE = "dosfed:title"
METHOD = "dosfed:method"
CONSULTATION = "dosfed:consultation"
COMPLETE = "dosfed:complete"
COUNTS = "dosfed:counts"
COUNTS_FROM = "dosfed:countsFrom"
SECRECY = "dosfed:secrecy"
OPENS = "dosfed:opens"
CLOSES = "dosfed:closes"
PHASES = "dosfed:phases"
ELIGIBLE = "dosfed:eligible"
INSTANCES = "dosfed:instances"
ORGANISER = "dosfed:organiser"
ORIGINS = "dosfed:origins"
TALLY = "dosfed:tally"
COUNTED = "dosfed:counted"
CREDIT = "dosfed:credit"
GROUP = "dosfed:group"
GROUP_SIZE = "dosfed:groupSize"
TAGS = "dosfed:tags"
CLAUSES = "dosfed:clauses"
CLAUSE = "dosfed:clause"
SOURCES = "dosfed:sources"
VERSION = "dosfed:version"
CO_SIGNERS = "dosfed:coSigners"
PROPOSED_IN = "dosfed:proposedIn"
CANCELLED = "dosfed:cancelled"
REASON = "dosfed:reason"
MIRROR = "dosfed:mirror"
LANGUAGE = "dosfed:language"

_HASHTAGS = {
    "pour": Stance.FOR,
    "afavor": Stance.FOR,
    "for": Stance.FOR,
    "contre": Stance.AGAINST,
    "encontra": Stance.AGAINST,
    "against": Stance.AGAINST,
}

_LONGEST = max(map(len, _HASHTAGS))

_WORDS = {
    "fr": {Stance.FOR: "#pour", Stance.AGAINST: "#contre"},
    "es": {Stance.FOR: "#afavor", Stance.AGAINST: "#encontra"},
    "en": {Stance.FOR: "#for", Stance.AGAINST: "#against"},
}


def stance_of_hashtag(name: str) -> Stance | None:
    """Return the stance that a hashtag stands for, accents and case ignored."""
    word = name.lstrip("#")
    if len(word) > 2 * _LONGEST:  # each letter may carry its accent beside
        return None
    letters = texts.normalise(word, "NFKD").casefold()
    return _HASHTAGS.get("".join(c for c in letters if not unicodedata.combining(c)))


def latest(*moments: datetime | None) -> datetime | None:
    """Return the moment from which a document is what it is: its `updated`.

    Mastodon takes no new words from an Update that does not carry a later one.
    """
    return max((moment for moment in moments if moment is not None), default=None)


def hashtag_of(stance: Stance, language: str | None) -> str | None:
    """Return the hashtag that says where somebody stands, in their language if it has one."""
    words = _WORDS.get(language or "", _WORDS["en"])
    return words.get(stance)
