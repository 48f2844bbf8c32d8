"""Collections of documents by their names, for whoever serves many people: opened, kept in step, made and deleted."""
