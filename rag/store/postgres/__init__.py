"""Indexes in PostgreSQL with pgvector, which several servers share. Imported where it is asked for alone."""
