"""The model on disk: `arrays.npz` and `model.json`, checked on the way in. No pickle, no code.

Format 3: a paragraph's weights are of each kind of rewording, and it is judged by traces beside its word choice. A model
of the formats before reads features that are no longer computed, and is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.choice import ChoiceModel
from detector.classifier import F64, PARAGRAPH_NAMES, DocumentModel, ParagraphModel, TokenModel, Trees
from detector.errors import ModelError
from detector.features import NAMES
from detector.files import replacing
from detector.lexicon import F32, FIRST_WORD, Lexicon
from detector.ngrams import NgramTable
from detector.results import MODES, Mode, ModelInfo
from detector.rules.names import Names

FORMAT: Final = 3
ARRAYS, ABOUT = "arrays.npz", "model.json"
_PACKAGE: Final = Path(__file__).parent
#: Where in a zip file's local header the lengths of the name and of the extra field after it stand (APPNOTE 4.3.7).
_NAME_LENGTH: Final = 26


@dataclass(frozen=True)
class Bars:
    """Thresholds of a mode: logits above which a paragraph that stands alone, one of several in a document, a
    document is flagged; a token in a paragraph above suspect; a token anywhere (lone). per_log_slot: what a paragraph's bar changes by for each natural logarithm of its
    slots, since a few words tell less than many."""

    paragraph: float
    in_document: float
    document: float
    token: float
    suspect: float
    lone: float
    per_log_slot: float = 0.0

    def of_paragraphs(self, log_slots: F32 | F64, in_document: npt.NDArray[np.bool_]) -> F64:
        """The bars (paragraphs,) of paragraphs that stand alone or in a document of several."""
        bars = np.where(in_document, self.in_document, self.paragraph) + self.per_log_slot * log_slots
        return bars.astype(np.float64)


@dataclass(frozen=True)
class Model:
    """Everything scoring needs."""

    info: ModelInfo
    lexicon: Lexicon
    choice: ChoiceModel
    trees: Trees
    token: TokenModel
    paragraph: ParagraphModel
    document: DocumentModel
    prior_logit: float
    names: Names
    bars: Mapping[Mode, Bars]
    about: Mapping[str, Any]


def shipped() -> Path:
    """The folder of the model that came with the package, or with the checkout."""
    for parent in (_PACKAGE / "_model", _PACKAGE.parent / "models"):
        found = sorted(parent.glob(f"*/{ABOUT}")) + sorted(parent.glob(ABOUT))
        if found:
            return found[-1].parent
    raise ModelError("No model came with this installation. Reinstall unspun, or run `unspun train`.")


def load(folder: Path | None = None) -> Model:
    """Read a model. Raises ModelError, saying what is wrong, for a missing, cut, altered or newer one."""
    folder = shipped() if folder is None else folder
    about, arrays = read(folder)
    names = (about.get("token_features"), about.get("paragraph_features"))
    if names != (list(NAMES), list(PARAGRAPH_NAMES)):
        raise ModelError(
            f"The model in {folder} reads other features than this release computes. Rebuild it with `unspun train`."
        )
    try:
        return assembled(about, arrays)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ModelError(f"The model in {folder} is damaged: a part of it is missing or has the wrong form.") from error


def read(folder: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What model.json says and the arrays, as they lie there. Raises ModelError."""
    about = _about(folder)
    return about, _arrays(folder, about)


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"There is no model in {folder}: {ABOUT} is missing.") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / ABOUT} cannot be read as JSON.") from error
    version = about.get("format") if isinstance(about, dict) else None
    if type(version) is not int or version != FORMAT:
        newer = isinstance(version, int) and version > FORMAT
        advice = "Upgrade unspun." if newer else "Rebuild it with `unspun train`."
        raise ModelError(f"The model in {folder} has format version {version!r}, this release reads {FORMAT}. {advice}")
    return dict(about)


def _arrays(folder: Path, about: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    path = folder / ARRAYS
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"There is no model in {folder}: {ARRAYS} is missing.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read.") from error
    if digest != about.get("sha256"):
        raise ModelError(f"{path} is cut short or was altered: its digest is not the one in {ABOUT}.")
    try:
        return _mapped(path)
    except (OSError, ValueError, struct.error, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read as an array file.") from error


def _mapped(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an .npz as views of the file, which numpy stores them in uncompressed: they are read when they are
    needed, and all processes share them. Raises what reading a broken file may."""
    whole = np.memmap(path, np.uint8, mode="r")
    arrays: dict[str, npt.NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed")
            file.seek(member.header_offset + _NAME_LENGTH)
            file.seek(sum(struct.unpack("<HH", file.read(4))), os.SEEK_CUR)  # the name and the extra field
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError(f"{member.filename} has a newer form")
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
            if dtype.hasobject or by_column:
                raise ValueError(f"{member.filename} is no plain array")
            stored = whole[file.tell() : file.tell() + math.prod(shape) * dtype.itemsize].view(dtype).reshape(shape)
            arrays[member.filename.removesuffix(".npy")] = np.asarray(stored if stored.flags.aligned else stored.copy())
    return arrays


def assembled(about: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Model:
    """The model that arrays make. Raises KeyError, ValueError, TypeError or IndexError where a part is missing or wrong."""
    shape = about["choice"]["shape"]
    words = arrays["words"].tobytes().decode("utf-8").split("\n")
    candidates = unpacked_candidates(arrays["candidates"], arrays["candidate_counts"])
    if len(candidates) != FIRST_WORD + len(words):
        raise ValueError("vocabulary")
    ngrams = NgramTable(arrays["ngrams"], int(about["ngrams"]["seed"]))
    lexicon = Lexicon(
        words,
        arrays["log_share"].astype(np.float32),
        candidates,
        arrays["usual"].astype(np.float32),
        arrays["prior"].astype(np.float32),
        ngrams,
        np.asarray(arrays["kinds"], np.int8),
    )
    choice = ChoiceModel.from_arrays(arrays, shape["near"], shape["reach"], shape["far_width"])
    weights = arrays["paragraph"].astype(np.float32)
    paragraph = ParagraphModel(weights[0], weights[1], weights[2:], np.array(about["paragraph_intercepts"], float))
    bars: dict[Mode, Bars] = {mode: Bars(**about["modes"][mode]["bars"]) for mode in MODES}
    weights_of = about["document"]
    document = DocumentModel(np.array(weights_of["weights"], float))
    info = ModelInfo(str(about["name"]), str(about["version"]))
    trees = Trees.from_arrays(arrays)
    token = TokenModel(**about["token"])
    prior_logit, names = float(about["prior_logit"]), Names(arrays["names"], arrays["name_capitals"])
    return Model(info, lexicon, choice, trees, token, paragraph, document, prior_logit, names, bars, about)


def packed_candidates(candidates: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Candidate lists (ids, most) as three bytes an entry, and the number of entries of each (ids,)."""
    counts = (candidates > 0).sum(axis=1).astype(np.uint8)
    flat = candidates[candidates > 0].astype("<u4")
    return flat.view(np.uint8).reshape(-1, 4)[:, :3].copy(), counts


def unpacked_candidates(packed: npt.NDArray[np.uint8], counts: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """The inverse of `packed_candidates`; as wide as the longest list."""
    flat = np.zeros((len(packed), 4), np.uint8)
    flat[:, :3] = packed
    width = int(counts.max(initial=1))
    out = np.zeros((len(counts), width), np.int32)
    out[np.arange(width)[None, :] < counts[:, None]] = flat.view("<u4").ravel()
    return out


def save(folder: Path, about: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write a model; model.json last, with the digest of the arrays, so that a half-written one is never read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).unlink(missing_ok=True)
    with replacing(folder / ARRAYS) as file:  # a process may have the one before mapped
        np.savez(file, **arrays)  # type: ignore[arg-type]
    with (folder / ARRAYS).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    complete = {"format": FORMAT, **about, "sha256": digest}
    (folder / ABOUT).write_text(json.dumps(complete, indent=1, sort_keys=True) + "\n", encoding="utf-8")
