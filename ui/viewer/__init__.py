"""A source, opened at its exact place."""
