"""The HTTP shell around every feature: headers, csrf, limits, error pages, locale, filters."""
