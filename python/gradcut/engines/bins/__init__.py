"""Engines of bins: cells in memory, events in memory, events in files."""
