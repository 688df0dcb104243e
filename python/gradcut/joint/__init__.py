"""Cuts and what comes after them, learned together."""

from gradcut.joint.fitting import fit

__all__ = ["fit"]
