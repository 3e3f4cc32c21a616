"""Finding texts by the words in them."""
