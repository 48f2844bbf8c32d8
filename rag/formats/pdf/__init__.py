"""PDFs: characters and where they stand, lines, columns, tables, pictures of pages."""
