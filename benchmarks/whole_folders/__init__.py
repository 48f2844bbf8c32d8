"""Questions about whole documents, and three folders that they are asked of."""
