"""The parts of the evaluation: what each measures on, and the keys of evaluation.json that it fills."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from detector.detector import Detector
from detector.evaluation.ablation import evaluate_ablation, unseen_and_pages
from detector.evaluation.calibration import evaluate_calibration, precisions
from detector.evaluation.card import WRITTEN_BY_MODELS
from detector.evaluation.carriers import evaluate_carriers, make_carriers, read_tortured
from detector.evaluation.check import evaluate_check, read_check
from detector.evaluation.competitors import (
    Competitor,
    FrequencyGap,
    GloveSvm,
    Material,
    TfIdf,
    TorturedPhrases,
    Untrained,
    cell_figures,
    drawn,
    evaluate_competitors,
    summary,
)
from detector.evaluation.grid import LENGTHS, NATURAL, GridText
from detector.evaluation.inputs import Inputs
from detector.evaluation.judge import Judge
from detector.evaluation.language_model import SmolLM2
from detector.evaluation.lofo import (
    Fold,
    blind_to,
    f1_threshold,
    folds,
    in_headline,
    left_out,
    means,
    measure_cells,
    of_pairs,
)
from detector.evaluation.pages import evaluate_article, evaluate_pages, read_pages
from detector.evaluation.pairs import clean, read_pairs
from detector.evaluation.registers import evaluate_registers
from detector.evaluation.rules import evaluate_rules
from detector.evaluation.spans import evaluate_spans
from detector.evaluation.translated import cells, evaluate_translated, unseen_texts
from detector.model import Model, assembled, packed_candidates
from detector.results import MODES, Json
from detector.training.fit import fit

#: The document of the labelled pages that was cut from seed.txt, and phrases of it that must be found.
SEED: Final = "seed-rotherham"
SEED_PHRASES: Final = ("social employees", "solitude them", "Difficult Business", "period 11")
#: Paragraphs written for the tests.
CHECK: Final = Path("tests", "cases", "evaluation", "check.json")


class _Told(NamedTuple):
    """What a fold says of the headline cell of a family: texts and their logits."""

    threshold: float
    clean: Mapping[str, float]
    spun: Mapping[str, float]

    def figures(self, written: Iterable[str], spun: Iterable[str]) -> Json:
        """The cell's figures on some of its texts."""
        honest, odd = ([logits[t] for t in texts] for logits, texts in ((self.clean, written), (self.spun, spun)))
        return cell_figures(self.threshold, np.array(honest), np.array(odd))


def measure_lofo(inputs: Inputs) -> Json:
    """Families left out one by one, tools that nobody here wrote, and the competitors on the same texts."""
    written = [text for text in inputs.clean if text.length in LENGTHS]
    features = inputs.features(written)
    tools = _tools(inputs)
    families = sorted(set(inputs.spun) - set(tools))
    figures: dict[str, Json] = {}
    told: dict[str, _Told] = {}
    for fold in (*folds(inputs.examples, inputs.model.lexicon.log_share, families), _shipped(inputs, tools)):
        honest = fold.judge.logits(features)
        for name in fold.families:
            texts = inputs.spun[name]
            logits = fold.judge.logits(inputs.features(texts))
            cells = measure_cells(written, honest, texts, logits, fold.threshold)
            figures[name] = {"left_out": sorted(fold.without), "cells": cells}
            scores = (
                {text.text: float(logit) for text, logit in zip(of, found, strict=True) if in_headline(text)}
                for of, found in ((written, honest), (texts, logits))
            )
            told[name] = _Told(fold.threshold, *scores)
    return {
        "lofo": means({name: figures[name] for name in families}),
        "unseen": {**means({name: figures[name] for name in tools}), "missing": inputs.missing},
        "competitors": _competitors(inputs, told, families),
    }


def _shipped(inputs: Inputs, tools: Iterable[str]) -> Fold:
    """The shipped model, which has seen all families and none of the tools."""
    judge = Judge.of(inputs.arrays, inputs.model.about)
    return Fold(frozenset(), tuple(tools), judge, f1_threshold(judge, inputs.examples))


def _competitors(inputs: Inputs, told: Mapping[str, _Told], families: Collection[str]) -> Json:
    lexicon = inputs.model.lexicon
    language_model = SmolLM2(inputs.built / "grid")
    competitors: tuple[Competitor, ...] = (
        TfIdf(), GloveSvm(lexicon, inputs.vectors), FrequencyGap(lexicon), TorturedPhrases(inputs.tortured),
        Untrained(lexicon, inputs.model.choice), language_model,
    )  # fmt: skip
    material = Material(
        read_pairs(inputs.pairs, "fit"),
        read_pairs(inputs.pairs, "calibrate"),
        _headline_texts(inputs.clean),
        {name: _headline_texts(texts) for name, texts in inputs.spun.items()},
    )
    found = evaluate_competitors(competitors, material, {name: left_out(name) for name in families})
    sample = drawn(material, language_model.sample)
    about = {"source": "this repository", "missing": None}
    for name, title, part, size in (
        ("unspun", "Unspun", material, None),
        ("unspun_sample", "Unspun, on the language model's texts", sample, found[language_model.name]["sample"]),
    ):
        cells = {family: told[family].figures(part.clean, texts) for family, texts in part.spun.items()}
        found[name] = {**about, "title": title, "sample": size, **summary(cells, families)}
    return found


def _headline_texts(texts: Iterable[GridText]) -> list[str]:
    return [text.text for text in texts if in_headline(text)]


def measure_registers(inputs: Inputs) -> Json:
    """False alarms in clean paragraphs of every register."""
    return {"registers": evaluate_registers(inputs.detector, *_registers(inputs))}


def measure_rules(inputs: Inputs) -> Json:
    """Hits of each rule in the same paragraphs, and in the headline cell of every spinner."""
    spun = {name: [text for text in texts if in_headline(text)] for name, texts in inputs.spun.items()}
    return {"rules": evaluate_rules(inputs.detector, *_registers(inputs), spun)}


def _registers(inputs: Inputs) -> tuple[dict[str, list[str]], set[str]]:
    """Clean paragraphs by register: held-out documents of the corpus, and kinds of writing that it has not; and those
    registers that stand apart."""
    texts: dict[str, list[str]] = {}
    for text in inputs.clean:
        if text.length == NATURAL:
            texts.setdefault(text.register, []).append(text.text)
    for page in read_pages(inputs.registers):
        texts.setdefault(page.kind, []).append(page.text)
    apart = set(WRITTEN_BY_MODELS)
    for pair in read_pairs(inputs.pairs):
        if pair.family is None and pair.noise is not None:
            apart.add(name := f"noise: {pair.noise}")
            texts.setdefault(name, []).append(pair.text)
    return texts, apart


def measure_translated(inputs: Inputs) -> Json:
    """Translations and machine output beside its corrections, of the test subset; and what spun texts are taken for."""
    pairs = read_pairs(inputs.pairs)
    given = [*read_pairs(inputs.translated), *unseen_texts(pairs, inputs.unseen)]
    spun = [pair for pair in pairs if pair.family is not None]
    return evaluate_translated(inputs.detector, cells(pairs, given), spun)


def measure_calibration(inputs: Inputs) -> Json:
    """Scores against shares of spun texts, and the precision of each mode, on the pairs of the test subset."""
    examples = inputs.examples
    family = examples.family()
    rough = np.array([text["noise"] is not None for text in examples.texts]) & (family == "")
    chosen = (examples.column("subset") == "test") & ~rough & of_pairs(examples)
    logits = Judge.of(inputs.arrays, inputs.model.about).logits(examples)[chosen]
    slots = np.maximum(np.bincount(examples.text_of, minlength=len(chosen)), 1)[chosen]
    spun = family[chosen] != ""
    found = evaluate_calibration(spun, logits)
    alone = np.zeros(len(spun), np.bool_)
    flagged = {mode: logits > inputs.model.bars[mode].of_paragraphs(np.log(slots), alone) for mode in MODES}
    rates = {mode: precisions(float(one[spun].mean()), float(one[~spun].mean())) for mode, one in flagged.items()}
    return {"ece": found.pop("ece"), "calibration": {**found, "precision": rates}}


def measure_spans(inputs: Inputs) -> Json:
    """Spans and suggestions against the spinners' record, also of tools that nobody here wrote; and tortured phrases that
    the lexicon has not seen."""
    pairs = read_pairs(inputs.pairs)
    carriers = make_carriers(read_tortured(inputs.tortured), [pair.text for pair in clean(pairs)])
    tools = [text for name in _tools(inputs) for text in inputs.spun[name] if in_headline(text)]
    return {
        "spans": {
            **evaluate_spans(inputs.detector, inputs.model, pairs),
            "unseen": evaluate_spans(inputs.detector, inputs.model, tools),
            "tortured_carriers": evaluate_carriers(Detector(_half_taught(inputs)), carriers),
        }
    }


def _tools(inputs: Inputs) -> list[str]:
    """The spinners of the grid that the model was not trained on."""
    return sorted(set(inputs.spun) - set(inputs.model.about["families"]))


def _half_taught(inputs: Inputs) -> Model:
    """The model without half of the tortured phrases among its candidates, and fitted on no text spun with any; stock
    phrases, many of them of the same list, have no weight in it."""
    name = "tortured"
    arrays, about = fit(inputs.examples, inputs.model.lexicon.log_share, left_out(name), blind_to(name))
    candidates, counts = packed_candidates(inputs.half_candidates)
    lists = {"candidates": candidates, "candidate_counts": counts}
    return assembled({**inputs.model.about, **about}, {**inputs.arrays, **arrays, **lists})


def measure_ablation(inputs: Inputs) -> Json:
    """Every witness left out once: the tools that nobody here wrote, and the real pages."""
    pages = read_pages(inputs.pages)
    records = [GridText(None, NATURAL, 0.0, 0.0, page.kind, page.text) for page in pages]
    measured = partial(
        unseen_and_pages,
        clean=inputs.features([text for text in inputs.clean if in_headline(text)]),
        spun=[inputs.features([text for text in inputs.spun[name] if in_headline(text)]) for name in _tools(inputs)],
        pages=inputs.features(records),
        labels=np.array([page.label for page in pages], np.int8),
    )
    full = Judge.of(inputs.arrays, inputs.model.about)
    return {"ablation": evaluate_ablation(inputs.examples, inputs.model.lexicon.log_share, measured, full)}


def measure_pages(inputs: Inputs) -> Json:
    """Real pages, the article that it all started from, and the paragraphs written for the tests."""
    pages = read_pages(inputs.pages)
    article = inputs.seed.read_text(encoding="utf-8")
    seed = evaluate_article(inputs.detector, article, [page for page in pages if page.doc == SEED], SEED_PHRASES)
    return {
        "pages": evaluate_pages(inputs.detector, pages),
        "seed": seed,
        "check": evaluate_check(inputs.detector, read_check(CHECK)),
    }
