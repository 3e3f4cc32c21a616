"""Agree, abstain or disagree."""

from dosfed.deliberation.votes.methods.by_name import ByName

# Always in this order, so that charts of different consultations look alike.
AGREE = ByName(
    word="agree",
    own={
        "fr": ("D'accord", "Abstention", "Pas d'accord"),
        "es": ("De acuerdo", "Abstención", "En desacuerdo"),
        "en": ("Agree", "Abstain", "Disagree"),
    },
)
