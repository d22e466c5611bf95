"""The kernel every feature stands on: database, clock, ids, events, errors, text, paging, site settings."""
