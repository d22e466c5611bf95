"""The moderation library: text in, verdict out; cases, decisions and audit for the people who judge."""
