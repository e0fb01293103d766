"""Pictures for reports and tenders, drawn with matplotlib: the profile of a link, a footprint."""
