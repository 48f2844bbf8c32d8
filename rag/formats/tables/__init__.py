"""Tables in any text: their lines, headers and forms."""
