"""Telling browsers what the database already knows. Nothing here is the truth; a lost message heals by replay."""
