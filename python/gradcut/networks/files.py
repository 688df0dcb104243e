"""Networks as files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gradcut.errors import SchemaError, located

if TYPE_CHECKING:
    from gradcut.networks.network import Network

__all__ = ["load", "save"]

_FORMAT = "gradcut-network"


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network; see :meth:`gradcut.networks.Network.save`."""
    from gradcut._build_info import VERSION
    from gradcut.results.document import write

    write(path, _FORMAT, network.to_json(), {"gradcut": VERSION})


def load(path: str | os.PathLike[str], cls: type[Network]) -> Network:
    """Read a network; see :meth:`gradcut.networks.Network.load`."""
    from gradcut.results.document import read

    document = read(path, _FORMAT, "networks.Network", "network")
    try:
        return cls.from_json(document["content"])
    except SchemaError as error:
        raise located(error, str(path)) from error
