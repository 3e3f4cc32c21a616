"""Ways to vote, one file each; `known.py` lists them, `model.py` says what each must do."""
