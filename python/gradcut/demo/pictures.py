"""Pictures of the cuts, drawn by a process of their own while this one counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gradcut.errors import GradcutError

__all__ = ["LABELS", "Drawing", "draw"]

#: What the axes say.
LABELS = {
    "met": r"$E_T^{miss}$ [GeV]",
    "jet_pt": r"leading jet $p_T$ [GeV]",
    "dphi_l1_met": r"$|\Delta\phi(\ell_1, E_T^{miss})|$",
    "dphi_l2_met": r"$|\Delta\phi(\ell_2, E_T^{miss})|$",
    "mt_l1": r"$m_T(\ell_1)$ [GeV]",
    "mt_l2": r"$m_T(\ell_2)$ [GeV]",
    "dr_ll": r"$\Delta R(\ell\ell)$",
}


_PROGRAM = "import sys; from gradcut.demo.pictures import draw; draw(*sys.argv[1:])"


class Drawing:
    """Pictures that are being drawn.

    Parameters
    ----------
    cuts : Path
        The saved result.
    folder : Path
        Where the pictures go.
    """

    def __init__(self, cuts: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(cuts), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> list[Path]:
        """Wait for the pictures.

        Raises
        ------
        GradcutError
            If they could not be drawn.
        """
        names, errors = self._process.communicate()
        if self._process.returncode:
            raise GradcutError("the pictures could not be drawn", given=errors.strip() or "no message")
        return [Path(name) for name in names.splitlines()]


def draw(cuts: str, folder: str) -> None:
    """Draw a saved result and write the names of the pictures to standard output."""
    from gradcut.results import CutResult

    try:
        for path in CutResult.load(cuts).plot(folder, labels=LABELS):
            sys.stdout.write(f"{path}\n")
    except GradcutError as error:
        sys.exit(str(error))
