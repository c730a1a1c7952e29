"""The part of EVALUATION.md on machine translation, and the figures of it that the card quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.evaluation.markdown import count, decimal, escaped, percent, table
from detector.results import Json

#: What a reader calls each part; in this order.
PARTS: Final[Mapping[str, str]] = {
    "unseen": "Apertium, chain not learnt",
    "learnt": "Apertium, chain learnt",
    "unseen corrected": "post-edited, languages not learnt",
    "corrected": "post-edited, languages learnt",
}
_SHARES: Final = ("tpr_1", "flagged", "false", "as_spun")


def section(evaluation: Json) -> list[str]:
    """The section. Raises KeyError for a missing figure of a part that was measured."""
    translated = evaluation["translated"]
    spun = translated["spun"]
    rows = [
        row
        for part, title in PARTS.items()
        if part in translated
        for row in (
            *([title, escaped(name), *_figures(one)] for name, one in sorted(translated[part]["cells"].items())),
            [title, "**mean**", *_figures(translated[part]["mean"])],
        )
    ]
    return [
        "## Machine translation",
        """\
Each translation is set against the text that it was made of, in balanced mode: held-out paragraphs that the translator
Apertium took through other languages and back, and machine output beside what people made of it (MLQE-PE; sentences of
which they changed three tenths or more, three to a paragraph). Nothing was learnt from chains with Catalan's or
Esperanto's own English translator, nor from some of the language pairs. AUC is given of the probability of a machine
translation alone, and of the score, which is that of either kind. TPR is of the score. *Taken for spun* is the share of
the flagged translations that are said to be spun.""",
        table(
            ["texts", "chain or languages", "n", "AUC of the kind", "AUC of the score", "TPR at 1 %", "flagged",
             "originals flagged", "taken for spun"],
            rows,
            texts=2,
        ),
        (
            f"Of {count(spun['n'])} held-out spun texts, {percent(spun['flagged'])} are flagged; "
            f"{percent(spun['as_translated'])} of these are taken for machine translations."
        ),
    ]  # fmt: skip


def mean_of(evaluation: Json, part: str, figure: str) -> float | None:
    """A mean of a part; None where nothing was measured."""
    value: float | None = evaluation["translated"].get(part, {}).get("mean", {}).get(figure)
    return value


def corrected(evaluation: Json) -> list[Json]:
    """The cells of machine output that people corrected."""
    parts = (evaluation["translated"].get(part, {"cells": {}}) for part in PARTS if part.endswith("corrected"))
    return [cell for part in parts for cell in part["cells"].values()]


def missed(evaluation: Json) -> float | None:
    """Share of the machine output that people corrected which balanced mode does not flag; None where it was not
    measured."""
    cells = corrected(evaluation)
    if not cells or any(cell["flagged"] is None for cell in cells):
        return None
    return 1 - sum(float(cell["n"] * cell["flagged"]) for cell in cells) / sum(int(cell["n"]) for cell in cells)


def _figures(one: Json) -> list[str]:
    size = count(one["n"]) if "n" in one else ""
    return [size, decimal(one["auc_translated"]), decimal(one["auc"]), *(percent(one[key]) for key in _SHARES)]
