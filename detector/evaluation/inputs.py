"""What is measured on: the shared folder's texts, the pairs and the grid, the model and the features it gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.detector import Detector
from detector.errors import UnspunError
from detector.evaluation import grid
from detector.evaluation.carriers import half
from detector.evaluation.grid import GridText, clean_texts, read_texts, spin_texts, write_texts
from detector.evaluation.outsiders import OUTSIDERS
from detector.evaluation.pairs import HELD_OUT
from detector.files import replacing
from detector.lexicon import F32, I32
from detector.model import Model, load, read
from detector.training.assemble import candidate_table
from detector.training.families import training_families
from detector.training.families.family import DataMissing, Family
from detector.training.fit import Examples, extract, read_records
from detector.training.train import candidate_arrays


class Missing(UnspunError):
    """An input is not there; the message says which."""


@dataclass(frozen=True)
class Inputs:
    """shared: the folder with the corpus, the labelled pages and the lists; built: what training left, and what is
    made here once; folder: of the model. What takes long is computed when it is first asked for."""

    shared: Path
    built: Path
    folder: Path

    @property
    def pages(self) -> Path:
        return _present(self.shared / "eval" / "dev.jsonl")

    @property
    def registers(self) -> Path:
        return _present(self.shared / "eval" / "registers_dev.jsonl")

    @property
    def seed(self) -> Path:
        return _present(self.shared / "eval" / "seed.txt")

    @property
    def tortured(self) -> Path:
        return _present(self.shared / "lists" / "tortured.tsv")

    @property
    def pairs(self) -> Path:
        return _present(self.built / "pairs.jsonl.gz")

    @property
    def honest(self) -> Path:
        return _present(self.built / "honest.jsonl.gz")

    @property
    def translated(self) -> Path:
        return _present(self.built / "translated.jsonl.gz")

    @property
    def unseen(self) -> Path:
        """What translators made that nothing was learnt from; it is written when it is first asked for."""
        return self.built / "translated_unseen.jsonl.gz"

    @cached_property
    def model(self) -> Model:
        return load(self.folder)

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The model's arrays as its file has them."""
        return read(self.folder)[1]

    @cached_property
    def detector(self) -> Detector:
        return Detector(self.model)

    @cached_property
    def vectors(self) -> F32:
        """Public word vectors (ids, width) of the vocabulary."""
        vectors: F32 = np.load(_present(self.built / "vectors.npy"), allow_pickle=False)
        return vectors

    @cached_property
    def half_candidates(self) -> I32:
        """The candidate lists (ids, 40) of a lexicon that half of the tortured phrases was kept from."""
        path = self.built / "grid" / "half_candidates.npz"
        if not path.exists():
            kept = path.with_suffix(".tsv")
            half(self.tortured, kept)
            with replacing(path) as file:
                np.savez(file, **candidate_arrays(self.built, kept, allow_missing=True))
            kept.unlink()
        with np.load(path, allow_pickle=False) as arrays:
            return candidate_table(arrays["lengths"], arrays["flat"])

    @cached_property
    def examples(self) -> Examples:
        """The slots of all pairs, and of the honest paragraphs, with the features that this model gives them."""
        _say("features of the pairs")
        records = read_records([self.pairs, self.honest, self.translated])
        return extract(records, self.model.lexicon, self.model.choice, self.model.names)

    @cached_property
    def clean(self) -> list[GridText]:
        """Held-out texts as they were written."""
        return self._texts("clean", partial(clean_texts, str(self.shared / "corpus")))

    @cached_property
    def spun(self) -> dict[str, list[GridText]]:
        """What each of the model's families and each tool made of them; a tool that is not installed is left out.

        Raises Missing for a family of the model that is not.
        """
        found: dict[str, list[GridText]] = {}
        families = {family.name: family for family in training_families(self.tortured, allow_missing=True)}
        for name in self.model.about["families"]:
            if name not in families:
                raise Missing(f"the dictionary of the family {name} is missing: see docs/training.md")
            found[name] = self._texts(name, partial(spin_texts, families[name], self.clean))
        for name, tool in OUTSIDERS.items():
            if name not in self.missing:
                found[name] = self._texts(name, partial(_spin_with, tool, self.clean))
        return found

    @cached_property
    def missing(self) -> dict[str, str]:
        """The tools that are not installed, and how to install them."""
        reasons: dict[str, str] = {}
        for name, tool in OUTSIDERS.items():
            try:
                tool()
            except DataMissing as reason:
                reasons[name] = str(reason)
        return reasons

    def features(self, texts: Sequence[GridText]) -> Examples:
        """The slots of texts of the grid with the features that this model gives them."""
        about = {"noise": None, "subset": HELD_OUT, "group": ""}
        records: list[dict[str, Any]] = [{**text._asdict(), **about} for text in texts]
        return extract(records, self.model.lexicon, self.model.choice, self.model.names)

    def files(self) -> dict[str, Path]:
        """The files that figures depend on, by name. Raises Missing unless all are there."""
        return {
            "pairs": self.pairs,
            "honest": self.honest,
            "translated": self.translated,
            "vectors": _present(self.built / "vectors.npy"),
            "pages": self.pages,
            "registers": self.registers,
            "seed": self.seed,
            "tortured": self.tortured,
        }

    def digests(self) -> dict[str, str]:
        """SHA-256 of each input that figures depend on."""
        texts = [repr(text) for part in (self.clean, *self.spun.values()) for text in part]
        files = {**self.files(), "translated_unseen": self.unseen}
        return {name: digest(path) for name, path in files.items()} | {"grid": grid.digest(*texts)}

    def _texts(self, name: str, make: Callable[[], list[GridText]]) -> list[GridText]:
        """Texts written once, and made anew where the pairs, and so the split, or the list have changed."""
        path = self.built / "grid" / f"{name}.jsonl.gz"
        source = grid.digest(digest(self.pairs), digest(self.tortured))
        texts = read_texts(path, source)
        if texts is None:
            _say(f"grid: {name}")
            texts = make()
            write_texts(path, source, texts)
        return texts


def _spin_with(tool: Callable[[], Family], clean: Sequence[GridText]) -> list[GridText]:
    return spin_texts(tool(), clean)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _present(path: Path) -> Path:
    if not path.exists():
        raise Missing(f"{path} is missing")
    return path


def _say(line: str) -> None:
    print(f"{line} ...", flush=True)
