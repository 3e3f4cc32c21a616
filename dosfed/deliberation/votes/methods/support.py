"""Support for a proposal, with no vote against."""

from dosfed.deliberation.votes.methods.by_name import ByName

SUPPORT = ByName(
    word="support",
    own={"fr": ("Je soutiens",), "es": ("Apoyo",), "en": ("I support this",)},
)
