"""The public sets as Examples: a module a format, and in `table` what each set is."""
