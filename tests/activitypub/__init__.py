"""The protocol: parsing, signatures, discovery, delivery."""
