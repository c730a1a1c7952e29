"""EVALUATION.md, a pure function of evaluation.json, and the block of figures that the README quotes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Final

from detector.evaluation import card, rules_page, translated_page
from detector.evaluation.card import ALL, LENGTH, RATE, WRITTEN_BY_MODELS, cell_of, counted, headline
from detector.evaluation.markdown import DASH, count, decimal, difference, escaped, lowest, mean, percent, table
from detector.results import MODES, Json

Show = Callable[[float | None], str]

#: F1 in percent as Wahle et al. 2022, "Identifying Machine-Paraphrased Plagiarism", measured it on SpinBot, which the
#: methods had seen, and on SpinnerChief, which they had not.
QUOTED: Final = (
    ("best classical method", 86.5, 62.5),
    ("BERT", 98.0, 55.0),
    ("Longformer", 99.7, 71.7),
    ("people, who were trained on neither", 78.4, 65.6),
)

_CELL: Final = f"{percent(RATE, 0)} changed, {LENGTH} words"
_MEASURES: Final[Mapping[str, tuple[str, Show]]] = {
    "auc": ("AUC", decimal),
    "tpr1": ("TPR at 1 %", percent),
    "tpr01": ("TPR at 0.1 %", percent),
    "f1": ("F1", decimal),
}


def files(evaluation: Json, about: Json, sources: Sequence[Json]) -> dict[str, str]:
    """All that is rendered into the model's folder, by path, but for the plots (see plots.files)."""
    return {"EVALUATION.md": render(evaluation), "CARD.md": card.render(evaluation, about, sources)}


def render(evaluation: Json) -> str:
    """EVALUATION.md. A figure that is null becomes a dash. Raises KeyError for one that is missing."""
    parts = [*_head(evaluation["model"]), *(part for show in SECTIONS.values() for part in show(evaluation))]
    return "\n\n".join(parts) + "\n"


def readme_block(evaluation: Json) -> str:
    """What stands between the README's marks `<!-- figures -->` and `<!-- /figures -->`, a blank line from each."""
    modes, precision = evaluation["pages"]["modes"], evaluation["calibration"]["precision"]
    whole = evaluation["registers"][ALL]
    head = ["mode", "real pages flagged: spun", "clean", "clean registers flagged", "flags right where 5 % is spun"]
    rows = [
        [
            f"`{mode}`",
            *(percent(modes[mode][key]) for key in ("flagged_spun", "flagged_clean")),
            percent(whole.get(mode, whole)["share"]),
            percent(precision[mode]["0.05"]),
        ]
        for mode in MODES
    ]
    return f"{headline(evaluation)}\n\n{table(head, rows)}"


def digest(evaluation: Json) -> str:
    """SHA-256 of the figures, for what is drawn from them to carry."""
    return hashlib.sha256(json.dumps(evaluation, sort_keys=True).encode()).hexdigest()


def _picture(name: str, alt: str) -> str:
    return f"![{alt}](plots/{name}.svg)"


def _head(model: Json) -> list[str]:
    return [
        f"# Evaluation of {escaped(model['name'])} {escaped(model['version'])}",
        f"SHA-256 of the weights (`arrays.npz`): `{model['sha256']}`",
        """\
One command, run in a checkout with `../shared` beside it, rebuilds every figure here, in CARD.md and in the README:

    unspun evaluate

A second run gives the same numbers. They stand in `evaluation.json`, from which this file is rendered, beside the
digests of the inputs. A dash stands for what was not measured.""",
    ]


def _left_out(evaluation: Json) -> list[str]:
    lofo, unseen = evaluation["lofo"], evaluation["unseen"]
    missing = [[escaped(tool), escaped(reason)] for tool, reason in sorted(unseen["missing"].items())]
    together = [", ".join(map(escaped, family["left_out"])) for _, family in sorted(lofo["families"].items())]
    return [
        "## Leave-one-family-out",
        """\
One family of spinners at a time is left out: everything that is fitted on spun text (token trees, spinner prior,
paragraph model, threshold) is fitted again without its texts and without those of the families that share its words,
named beside it. Then its versions of held-out documents are told from clean texts, cut from held-out documents in the
same way. The lexicon (choice model, n-grams, lists of substitutes) stays as it is: the lists know WordNet, Moby and the
words of the tortured phrases, in the folds of these families too. And `mixed` draws on dictionaries that other families
have shown. The translator Apertium, of `apertium_spa`, goes with all chains of its translations. The table of stock
phrases was made of the phrases of `stock` and of the tortured list: in the folds of `stock`, `mixed` and `tortured` it
has no say. The tools below bring lists of their own.

AUC is the probability that a spun text scores above a clean one. TPR, the true-positive rate, is the share of spun
texts found by the best threshold that flags at most 1 % or 0.1 % of the cell's clean texts; the latter is given only
where these are 5,000 or more. F1 weighs the two classes equally, at the threshold that is best so on the calibration
pairs of the families that were seen. A family that cannot change that many content words is measured at the most it
reaches: such a cell is marked \\*, with the share reached. The last row has the lowest figure of each column.""",
        f"### Families left out: {_CELL}",
        _headline_cells(lofo, "family", {"left out": together}),
        _picture("lofo", "F1, and TPR at 1 % false positives, of every family left out, by the share of words changed"),
        *_grids(lofo, "Families left out"),
        f"### Tools that nobody here wrote: {_CELL}",
        """\
The shipped model on texts that other people's spinners, thesauri and translators made. None of them is among the
families that it was trained on.""",
        _headline_cells(unseen, "tool", {}),
        "Tools that could not be run:",
        table(["tool", "why"], missing, texts=2),
        *_grids(unseen, "Tools that nobody here wrote"),
    ]


def _headline_cells(left_out: Json, kind: str, remarks: Mapping[str, Sequence[str]]) -> str:
    """The cell of every family, their mean, and the worst of each column. remarks: more columns, by title."""
    families = sorted(left_out["families"].items())
    found = [cell_of(family, RATE, LENGTH) for _, family in families]
    rows = [
        [escaped(name), *more, _starred(percent(cell["reached"]), cell), count(cell["n"]), count(cell["clean"]),
         *(show(cell[key]) for key, (_, show) in _MEASURES.items())]
        for (name, _), cell, *more in zip(families, found, *remarks.values(), strict=True)
    ]  # fmt: skip
    columns = {key: [cell[key] for cell in found] for key in _MEASURES}
    means = {key: left_out.get(f"mean_{key}", mean(values)) for key, values in columns.items()}
    worst = {key: lowest(values) for key, values in columns.items()} | {"f1": left_out["worst_f1"]}
    for label, figures in (("**mean**", means), ("**worst**", worst)):
        blank = [""] * (len(remarks) + 3)
        rows.append([label, *blank, *(show(figures[key]) for key, (_, show) in _MEASURES.items())])
    head = [kind, *remarks, "reached", "spun", "clean", *(title for title, _ in _MEASURES.values())]
    return table(head, rows, texts=1 + len(remarks))


def _grids(left_out: Json, title: str) -> list[str]:
    """One table for each measure: families by lengths, and the rates."""
    parts = []
    for key in ("auc", "tpr1"):
        name, show = _MEASURES[key]
        rows = [
            [escaped(family), length, *(_reached(cell_of(one, rate, length), key, show) for rate in left_out["rates"])]
            for family, one in sorted(left_out["families"].items())
            for length in left_out["lengths"]
        ]
        head = ["", "words", *(f"{percent(rate, 0)} changed" for rate in left_out["rates"])]
        parts += [f"### {title}: {name}", table(head, rows, texts=2)]
    return parts


def _reached(cell: Json, key: str, show: Show) -> str:
    figure = _starred(show(cell[key]), cell)
    return f"{figure} ({percent(cell['reached'], 0)})" if cell["capped"] else figure


def _starred(figure: str, cell: Json) -> str:
    return f"{figure} \\*" if cell["capped"] else figure


def _competitors(evaluation: Json) -> list[str]:
    every = sorted(evaluation["competitors"].items(), key=_rank)
    methods = [(name, one) for name, one in every if not one.get("missing")]
    missing = [[escaped(one["title"]), escaped(one["missing"])] for _, one in every if one.get("missing")]
    figures = [
        ("lofo_mean_f1", decimal), ("lofo_worst_f1", decimal), ("lofo_mean_tpr1", percent), ("lofo_mean_auc", decimal),
        ("unseen_mean_f1", decimal), ("unseen_mean_tpr1", percent), ("unseen_mean_auc", decimal),
    ]  # fmt: skip
    rows = [
        [escaped(one["title"]), escaped(one["source"]), count(one["sample"]) if one["sample"] else "all",
         *(show(one[key]) for key, show in figures)]
        for _, one in methods
    ]  # fmt: skip
    names = sorted({family for _, one in methods for family in one["families"]})
    by_family = [
        [escaped(name), *(decimal(one["families"].get(name, {}).get("f1")) for _, one in methods)] for name in names
    ]
    quoted = [[method, f"{seen:.1f}", f"{unseen:.1f}"] for method, seen, unseen in QUOTED]
    return [
        "## Competitors",
        f"""\
The same harness for every method ({_CELL}; flagging everything gives an F1 of 0.667): it learns from a draw of the same pairs, half of
them clean, without the family that is left out, sets its threshold in the same way and is measured on the same texts. A
method too slow for that got a smaller draw of everything; the row of Unspun with the same number of texts is of the
same draw. The last three columns are means over the tools that nobody here wrote, with no family left out.""",
        table(
            ["method", "after", "texts", "F1, mean", "F1, worst family", "TPR at 1 %", "AUC", "tools: F1",
             "tools: TPR at 1 %", "tools: AUC"],
            rows,
            texts=2,
        ),
        "Methods that could not be run:",
        table(["method", "why"], missing, texts=2),
        "### F1 by family left out, and by tool",
        table(["family or tool", *(_with_sample(one) for _, one in methods)], by_family),
        "### Quoted, not measured here",
        """\
F1 in percent from Wahle et al. 2022, *Identifying Machine-Paraphrased Plagiarism*, for other texts and other spinners:
trained on SpinBot and tested on it (seen) and on SpinnerChief (unseen). For the Longformer's last figure the paper's
abstract has 71.6.""",
        table(["method", "seen", "unseen"], quoted),
    ]  # fmt: skip


def _rank(method: tuple[str, Json]) -> tuple[bool, bool, float, str]:
    """Unspun first, then the best first; those measured on a sample behind the others."""
    name, one = method
    f1 = one["lofo_mean_f1"]
    return one["sample"] is not None, not name.startswith("unspun"), inf if f1 is None else -f1, name


def _with_sample(method: Json) -> str:
    title = escaped(method["title"])
    return f"{title} ({count(method['sample'])} texts)" if method["sample"] else title


def _registers(evaluation: Json) -> list[str]:
    registers = evaluation["registers"]
    honest = counted(registers)
    others = {name: row for name, row in sorted(registers.items()) if name not in honest and name != ALL}
    written = {name: others.pop(name) for name in WRITTEN_BY_MODELS if name in others}
    return [
        "## False positives by register",
        """\
Clean paragraphs that nothing was fitted on: of held-out documents of the corpus, and of kinds of writing that the
corpus has not. The count, the share and its 95 % Wilson interval are of balanced mode. A register of few paragraphs has
a wide interval: read its upper end.""",
        _register_table({"**all**": registers[ALL], **{escaped(name): row for name, row in honest.items()}}),
        _picture(
            "registers", "Share of the clean paragraphs of each register flagged in balanced mode, with intervals"
        ),
        "### Text that a language model wrote",
        """\
Not counted above: `llm` is plain text of a large language model, `llm-rewrite` its paraphrase of a person's text.
Neither is spun text, and the detector is not made to recognise it.""",
        _register_table({escaped(name): row for name, row in written.items()}),
        "### Other text that is in no total",
        _register_table({escaped(name): row for name, row in others.items()}),
    ]


def _register_table(registers: Mapping[str, Json]) -> str:
    head = ["register", "paragraphs", "flagged", "share", "95 % interval", "strict", "sensitive", "words in spans"]
    rows = [
        [name, count(row["n"]), count(row["flagged"]), percent(row["share"]),
         f"{percent(row['low'])} to {percent(row['high'])}",
         percent(row["strict"]["share"], 2), percent(row["sensitive"]["share"]), percent(row["cover"])]
        for name, row in registers.items()
    ]  # fmt: skip
    return table(head, rows)


def _calibration(evaluation: Json) -> list[str]:
    ece, figures = evaluation["ece"], evaluation["calibration"]
    prevalences = ("0.01", "0.05", "0.20")
    precision = [
        [f"`{mode}`", percent(one["tpr"]), percent(one["fpr"], 2), *(percent(one[key]) for key in prevalences)]
        for mode, one in ((mode, figures["precision"][mode]) for mode in MODES)
    ]
    return [
        "## Calibration",
        """\
A score is the probability that a paragraph is spun where half of the paragraphs are. A moderator's queue is not half
spun: where the share p is, add logit(p) = ln(p / (1 - p)) to the logit of the score. At p = 5 % a score of 0.90 stands
for a probability of 0.32. The expected calibration error (ECE) is the mean gap between score and share of spun texts
over equally wide bins of held-out pairs; at 5 % it is measured after that shift, with the texts weighed to match.
Whole translations are none of these pairs.""",
        table(
            ["prevalence", "ECE"], [["50 %", decimal(ece["p50"])], ["5 %, scores shifted", decimal(ece["p05"])]]
        ),
        _picture("calibration", "Share of spun texts by score, at 50 % and at 5 % prevalence"),
        "### How often a flag is right",
        """\
The share of flagged paragraphs that are spun where 1 %, 5 % or 20 % of all are, from each mode's shares of spun and of
clean held-out paragraphs flagged.""",
        table(["mode", "spun flagged", "clean flagged", *("right at " + percent(float(p), 0) for p in prevalences)],
              precision),
        "### Scores and shares at 50 % prevalence",
        _bins(figures["p50"]),
        "### Scores and shares at 5 % prevalence",
        _bins(figures["p05"]),
    ]  # fmt: skip


def _bins(bins: Sequence[Json]) -> str:
    rows = [
        [f"{decimal(one['low'], 2)} to {decimal(one['high'], 2)}", count(one["n"]), decimal(one["mean_score"]),
         decimal(one["share_spun"])]
        for one in bins
    ]  # fmt: skip
    return table(["score", "texts", "mean score", "share spun"], rows)


def _spans(evaluation: Json) -> list[str]:
    spans = evaluation["spans"]
    carriers = spans["tortured_carriers"]
    head = ["precision", "recall", "words", "hit@1", "hit@5", "MRR", "underlined", "hit@1", "hit@5", "MRR"]
    return [
        "## Spans and suggestions",
        """\
Held-out spun texts in balanced mode, against the spinner's own record of what it changed. Precision is the share of
the words in spans that were swapped, recall the share of the swapped words that stand in spans. Suggestions are judged
on every single word that another word of the vocabulary was swapped for, whether or not a span underlines it: hit@1 and
hit@5 say how often the first and the first five have the original to the letter, MRR is the mean of one over its rank.
The columns behind `underlined` are of all changes under a span, where a lost word in any inflection is a hit.""",
        table(["family", *head], _span_rows(spans)),
        "### Tools that nobody here wrote",
        f"""\
The same on texts of the tools that no family was made after, {_CELL}. What the lists of substitutes have never heard of
cannot be suggested: here more of the originals are missing from them.""",
        table(["tool", *head], _span_rows(spans["unseen"])),
        "### Tortured phrases in carrier sentences",
        f"""\
Phrases of the Problematic Paper Screener's list, put where the usual phrase stood in a sentence of clean text. For this
run half of the list was held out from the spinner lexicon; the {count(carriers["held_out_phrases"])} usual phrases of
the carriers are of that half. The shipped model has learnt from all of it. A phrase with no span counts as a miss.""",
        table(
            ["carriers", "phrase in a span", "hit@1", "hit@5", "MRR"],
            [[count(carriers["n"]), percent(carriers["found"]), *_hits(carriers)[1:]]],
        ),
    ]  # fmt: skip


def _span_rows(spans: Json) -> list[list[str]]:
    rows = (("**all**", spans), *((escaped(name), one) for name, one in sorted(spans["families"].items())))
    return [
        [name, percent(one["token_precision"]), percent(one["token_recall"]), *_hits(one), *_hits(one["underlined"])]
        for name, one in rows
    ]


def _hits(one: Json) -> list[str]:
    return [count(one["n"]), percent(one["hit1"]), percent(one["hit5"]), decimal(one["mrr"])]


def _ablation(evaluation: Json) -> list[str]:
    full, without = evaluation["ablation"]["full"], evaluation["ablation"]["without"]
    figures: dict[str, tuple[str, Show, float, int]] = {
        "unseen_auc": ("unseen: AUC", decimal, 1, 3),
        "unseen_tpr1": ("unseen: TPR at 1 %", percent, 100, 1),
        "dev_auc": ("real pages: AUC", decimal, 1, 3),
        "dev_tpr5": ("real pages: TPR at 5 %", percent, 100, 1),
    }
    rows = [["**all witnesses**", *(show(full[key]) for key, (_, show, _, _) in figures.items())]]
    for name, one in sorted(without.items(), key=lambda row: (_or_infinite(row[1]["unseen_auc"]), row[0])):
        gaps = (difference(one[key], full[key], scale, places) for key, (_, _, scale, places) in figures.items())
        rows.append([f"without {escaped(name)}", *gaps])
    return [
        "## Ablation",
        """\
What each witness brings: the classifiers are fitted again without what it says, and measured on the tools that nobody
here wrote (unseen, means over them) and on the paragraphs of the real pages. The first row is the whole, the others are
differences from it (TPR in percentage points), the dearest loss first.""",
        table(["", *(title for title, _, _, _ in figures.values())], rows),
    ]


def _or_infinite(value: float | None) -> float:
    return inf if value is None else value


def _pages(evaluation: Json) -> list[str]:
    pages, check = evaluation["pages"], evaluation["check"]
    evidence = pages["modes"]["balanced"]["evidence"]
    rankings = [
        [unit, *(count(one[key]) for key in ("n", "spun", "unscored")), decimal(one["auc"]),
         percent(one["tpr1"]), percent(one["tpr5"])]
        for unit, one in ((unit, pages[unit]) for unit in ("paragraphs", "documents"))
    ]  # fmt: skip
    keys = ("flagged_spun", "flagged_clean", "cover_spun", "cover_clean", "overlapped", "hit5", "exact5")
    modes = [[f"`{mode}`", *(percent(pages["modes"][mode][key]) for key in keys)] for mode in MODES]
    kinds = [
        [escaped(kind), count(row["n"]), *(count(pages["modes"][mode]["kinds"][kind]["flagged"]) for mode in MODES)]
        for kind, row in sorted(pages["modes"]["balanced"]["kinds"].items())
    ]
    return [
        "## Real pages",
        """\
Paragraphs of real pages, spun and clean, labelled by hand, with the odd phrases marked: the development pages. How
readily a mode flags and how much its spans cover was decided with an eye on them, so these figures are a little kinder
than those of pages not yet seen. A document is spun where one of its paragraphs is.""",
        table(["", "n", "spun", "not scored", "AUC", "TPR at 1 %", "TPR at 5 %"], rankings),
        f"By mode; the last three columns are of the {count(evidence)} phrases marked by hand:",
        table(
            ["mode", "spun flagged", "clean flagged", "words in spans: spun", "clean", "overlapped by a span",
             "original among five", "restored to the letter"],
            modes,
        ),
        "Clean paragraphs flagged, by kind:",
        table(["kind", "paragraphs", *(f"`{mode}`" for mode in MODES)], kinds),
        "### The article that this project started from",
        "Scored as one text:",
        *_seed(evaluation["seed"]),
        "### The check set",
        "Paragraphs written for the tests, which fail where the shipped model does worse than this:",
        table(
            ["", "spun", "clean", "AUC", "spun flagged", "clean flagged"],
            [["balanced mode", *(count(check[key]) for key in ("n_spun", "n_clean")), decimal(check["auc"]),
              *(count(check[key]) for key in ("flagged_spun", "flagged_clean"))]],
        ),
    ]  # fmt: skip


def _seed(seed: Json) -> list[str]:
    verdicts = [
        [f"`{mode}`", decimal(one["document"]["score"], 2), "yes" if one["document"]["flagged"] else "no",
         *(f"{count(one[f'{label}_flagged'])} of {count(one[label])}" for label in ("spun", "clean"))]
        for mode, one in ((mode, seed[mode]) for mode in MODES)
    ]  # fmt: skip
    phrases = [
        [escaped(phrase), "; ".join(escaped(", ".join(one["suggestions"])) for one in found) or DASH]
        for phrase, found in sorted(seed["balanced"]["phrases"].items())
    ]
    return [
        table(["mode", "score", "flagged", "spun paragraphs flagged", "clean ones"], verdicts),
        "Some of its phrases in balanced mode:",
        table(["phrase", "suggestions"], phrases, texts=2),
    ]


#: The sections of EVALUATION.md, in order; each needs the keys of its own figures alone.
SECTIONS: Final[Mapping[str, Callable[[Json], list[str]]]] = {
    "lofo": _left_out,
    "competitors": _competitors,
    "translated": translated_page.section,
    "registers": _registers,
    "rules": rules_page.section,
    "calibration": _calibration,
    "spans": _spans,
    "ablation": _ablation,
    "pages": _pages,
}
