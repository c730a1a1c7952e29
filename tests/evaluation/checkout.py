"""A checkout and a shared folder beside it, all small, and a run of `unspun evaluate` in it."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
from tiny_model import ROOT, Trained
from training.articles import articles

from detector.classifier import F64
from detector.evaluation import ablation, grid, inputs, parts, run, translated
from detector.evaluation.inputs import Inputs
from detector.evaluation.language_model import LanguageModel, SmolLM2
from detector.evaluation.outsiders import Dictionary
from detector.evaluation.report import digest
from detector.training.families.family import DataMissing, Family

#: Kinds of writing in registers_dev.jsonl.
KINDS: Final = ("forum", "second-language", "llm", "llm-rewrite")
_SYNONYMS: Final[Mapping[str, Sequence[str]]] = {
    "house": ("domicile", "story"), "large": ("colossal", "famous"), "plan": ("picture",), "boat": ("car", "engine"),
    "repair": ("protect", "improve"), "visit": ("discover",), "cheap": ("broken",), "quiet": ("modern", "small"),
}  # fmt: skip


class Oddly(Dictionary):
    """A tool that nobody trained on."""

    name = "oddly"

    def synonyms(self, lemma: str, pos: str) -> Sequence[str]:
        return _SYNONYMS.get(lemma, ())


class Translator:
    """A chain of translations that does what Oddly does."""

    def __init__(self, name: str, ways: Sequence[str], packages: str) -> None:
        self._tool = Oddly()

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to start."""

    def rewrite(self, text: str) -> str:
        return self._tool.spin(text, 1.0, Random(0)).text


def uninstalled() -> Family:
    raise DataMissing("not installed: apt-get install nothing")


class Checkout(NamedTuple):
    """The folder that the command runs in, and what the command printed when it last ran."""

    folder: Path
    printed: str = ""

    @property
    def shared(self) -> Path:
        return self.folder.parent / "shared"

    @property
    def built(self) -> Path:
        return self.folder / "data" / "built"

    @property
    def model(self) -> Path:
        return self.folder / "models" / "unspun-tiny"

    def inputs(self) -> Inputs:
        return Inputs(self.shared, self.built, self.model)

    def written(self) -> dict[str, bytes]:
        """What the command writes, by path."""
        paths = [self.folder / "README.md", *(path for path in self.model.rglob("*") if path.is_file())]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in sorted(paths)}


def laid_out(folder: Path, trained: Trained) -> Checkout:
    """A copy of what was trained, and labelled texts, in the places where the command looks for them."""
    checkout = Checkout(folder / "checkout")
    (checkout.folder / run.SOURCES).parent.mkdir(parents=True)
    (checkout.folder / parts.CHECK).parent.mkdir(parents=True)
    for name in (run.SOURCES, run.README, parts.CHECK):
        shutil.copy(ROOT / name, checkout.folder / name)
    shutil.copytree(trained.built, checkout.built)
    shutil.copytree(trained.model, checkout.model)
    shutil.copytree(trained.corpus, checkout.shared / "corpus")
    for name in ("eval", "lists"):
        (checkout.shared / name).mkdir()
    shutil.copy(trained.tortured, checkout.shared / "lists" / "tortured.tsv")
    _write_labelled(checkout.shared / "eval")
    return checkout


def _write_labelled(folder: Path) -> None:
    texts = [text for article in articles(16, seed=9) for text in article.split("\n\n")]
    odd = [text.replace(" large ", " colossal ").replace(" house ", " domicile ") for text in texts]
    spun = [number % 2 == 1 and odd[number] != texts[number] for number in range(len(texts))]
    pages = [_page(number, odd[number] if spun[number] else text, spun[number]) for number, text in enumerate(texts)]
    kinds = [
        {"doc": f"r{i}", "label": 0, "kind": KINDS[i % len(KINDS)], "text": text} for i, text in enumerate(texts[::-1])
    ]
    for name, records in (("dev.jsonl", pages), ("registers_dev.jsonl", kinds)):
        (folder / name).write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    seed = "\n\n".join(page["text"] for page in pages if page["doc"] == parts.SEED)
    (folder / "seed.txt").write_text(seed, encoding="utf-8")


def _page(number: int, text: str, spun: bool) -> dict[str, Any]:
    evidence = [{"span": "colossal", "original": "large"}] if "colossal" in text else []
    kind = "spun" if spun else "human"
    doc = parts.SEED if number < 4 else f"d{number // 4}"
    return {"doc": doc, "label": int(spun), "kind": kind, "text": text, "evidence": evidence}


@contextmanager
def at_small_scale(checkout: Checkout, tool: type[Family] = Oddly) -> Iterator[pytest.MonkeyPatch]:
    """In the checkout, with few texts, one tool, a quick language model, and neither WordNet nor Apertium."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(checkout.folder)
        for name in ("families.wordnet.tagger", "families.apertium.ApertiumSpanish", "train.wordnet_scores"):
            patch.setattr(f"detector.training.{name}", lambda *_: uninstalled())
        patch.setattr(inputs, "OUTSIDERS", {"oddly": tool, "uninstalled": uninstalled})
        patch.setattr(translated, "RoundTrip", Translator)
        patch.setattr(translated, "PARAGRAPHS", 8)
        patch.setattr(parts, "SmolLM2", lambda folder: SmolLM2(folder, _quick_language_model))
        patch.setattr(ablation, "WITNESSES", {name: ablation.WITNESSES[name] for name in ("choice model", "n-grams")})
        patch.setattr(run, "shipped", lambda: Path("models", "unspun-tiny"))
        patch.setattr(grid, "CLEAN", 60)
        patch.setattr(grid, "SPUN", 8)
        if find_spec("matplotlib") is None:
            patch.setitem(sys.modules, "detector.evaluation.plots", SimpleNamespace(files=_undrawn))
        yield patch


def _quick_language_model() -> LanguageModel:
    """To which a word is as surprising as it is long."""

    def log_probabilities(text: str) -> F64:
        return np.array([-float(len(word)) for word in text.split()[1:]])

    return log_probabilities


def _undrawn(evaluation: dict[str, Any]) -> dict[str, str]:
    names = ("calibration", "lofo", "registers")
    return {f"plots/{name}.svg": f"<!-- sha256:{digest(evaluation)} -->" for name in names}


def run_in(checkout: Checkout, *arguments: str, tool: type[Family] = Oddly) -> Checkout:
    """Run the whole command on the model of the checkout, everything else by default."""
    with at_small_scale(checkout, tool), redirect_stdout(io.StringIO()) as printed:
        assert run.main(["--model", "models/unspun-tiny", *arguments]) == 0
    return checkout._replace(printed=printed.getvalue())
