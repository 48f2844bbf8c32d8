"""Questions about whole documents and folders: summaries, comparisons, lists, and what the index itself knows."""
