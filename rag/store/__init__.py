"""What an index holds, on the disk."""
