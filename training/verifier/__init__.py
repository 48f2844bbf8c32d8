"""How the verifier was trained: pairs of a statement and a passage, and whether the second supports the first."""
