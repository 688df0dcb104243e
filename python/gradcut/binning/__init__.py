"""Bins: of one column by edges, of several by products or mixtures; learned, and applied."""
