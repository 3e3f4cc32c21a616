"""One of several options."""

from dosfed.deliberation.votes.methods.by_name import ByName

SINGLE = ByName(word="single")
