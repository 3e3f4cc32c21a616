"""Open data: what is public of a consultation, as files for anybody."""
