"""The head of the page: the collection that is asked about, and the window's settings."""
