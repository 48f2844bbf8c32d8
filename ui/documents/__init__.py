"""The tab of documents, and the collections behind it."""
