"""Batch evaluation: a question set, the metrics, and a run of one over the other."""
