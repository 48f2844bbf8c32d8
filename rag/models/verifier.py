"""The trained verifier: one pass over a statement and a passage says whether the second supports the first."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from rag.errors import ModelError
from rag.models.calibrated import FittedVerifier, read_fitted_verifier
from rag.models.cross_encoder import REINSTALL, WEIGHTS, PairModel

ONNX_FILE = "verifier.onnx"
FITTED_FILE = "verifier.json"


class SupportScores(NamedTuple):
    """Logits that a passage supports all of a statement, and some of it; of several windows the best of either."""

    supported: float
    partly: float


class VerifierModel:
    """The verifier's weights, and what was fitted beside them. Safe to share between threads."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Raises ModelError where the files in `folder` are missing or damaged."""
        file = folder / FITTED_FILE
        try:
            self.fitted: FittedVerifier = read_fitted_verifier(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise ModelError(f"{file} is missing or damaged. {REINSTALL}") from error
        self._model = PairModel(folder / ONNX_FILE, self.fitted.sha256)

    def score(self, statement: str, passages: Sequence[str]) -> list[SupportScores]:
        """The SupportScores of each passage. Raises ModelError where a score is not a number."""
        return [
            SupportScores(*(max(float(window.outputs[i]) for window in windows) for i in range(2)))
            for windows in self._model.read(statement, passages)
        ]
