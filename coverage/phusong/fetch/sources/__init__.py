"""One file a source of open data: NAME, MEANING, PLACE (its row of data/sources.toml) and `fetch`."""
