"""The tab of evaluation."""
