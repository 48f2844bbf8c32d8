"""The tab of documents."""
