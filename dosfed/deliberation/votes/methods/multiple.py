"""As many of several options as one likes."""

from dosfed.deliberation.votes.methods.by_name import ByName

MULTIPLE = ByName(word="multiple", takes_several=True)
