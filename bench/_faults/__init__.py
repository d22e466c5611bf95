"""Faults on purpose: what the forum must do when something dies, fills up, hangs or lies about the time."""
