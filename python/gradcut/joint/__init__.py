"""Cuts and what comes after them, learned together."""

from gradcut.joint.fit import fit

__all__ = ["fit"]
