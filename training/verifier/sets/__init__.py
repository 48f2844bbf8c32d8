"""The public sets as Pairs: a module a kind of source, and in `table` what each set is."""
