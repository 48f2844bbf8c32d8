"""From passages to an answer that cites exact places."""
