"""From documents to passages with vectors, in an index."""
