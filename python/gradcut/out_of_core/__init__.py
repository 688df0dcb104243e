"""Fits of events that do not fit into memory: a warm start in memory, then few passes over all of them."""
