"""Trained networks as plain data: evaluated by compiled code, written as JSON, as a C++ header and as ONNX.

Importing this loads neither torch nor ROOT.
"""

from __future__ import annotations

from gradcut.networks.layers import ACTIVATIONS, Dense
from gradcut.networks.network import Network

__all__ = ["ACTIVATIONS", "Dense", "Network"]
