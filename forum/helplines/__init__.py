"""Helplines by country, language and topic: the data, the help pages and the support cards.

Nothing here needs the database, Redis, the scorer or a session: help has to work when everything else is down.
"""
