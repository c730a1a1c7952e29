"""EVALUATION.md, the README's block and the plots, rendered from made-up figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle, repeat
from typing import Any
from xml.etree import ElementTree

import pytest
from evaluation.samples import FAMILIES, TOOLS, sample_about, sample_evaluation, sample_sources
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation import report
from detector.evaluation.markdown import DASH, difference, escaped, table
from detector.results import Json

SECTIONS = [
    "Leave-one-family-out", "Competitors", "Machine translation", "False positives by register", "Rules", "Calibration",
    "Spans and suggestions", "Ablation", "Real pages",
]  # fmt: skip
#: Keys of floats that name something and are never null.
NAMES = {"rate", "rates"}
NASTY = "a|b *c* `d` _e_ <script>$x$ [f](g) #h\n| i |"


def all_texts(evaluation: Json) -> list[str]:
    rendered = report.files(evaluation, sample_about(), sample_sources())
    return [*rendered.values(), report.readme_block(evaluation)]


def tables(markdown: str) -> list[list[list[str]]]:
    """The cells of every table, row by row."""
    blocks = [block.splitlines() for block in markdown.split("\n\n") if block.startswith("|")]
    return [[re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in block] for block in blocks]


def row(markdown: str, start: str) -> str:
    return next(line for line in markdown.splitlines() if line.startswith(f"| {start} |"))


def section(markdown: str, title: str) -> str:
    return markdown.partition(f"## {title}\n")[2].partition("\n## ")[0]


def replaced(value: Any, figures: Iterator[float | None], key: str = "") -> Any:
    """The same with other figures: every float but those that name a cell."""
    if isinstance(value, dict):
        return {name: replaced(part, figures, name) for name, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, figures, key) for part in value]
    return next(figures) if isinstance(value, float) and key not in NAMES else value


def assert_well_formed(markdown: str) -> None:
    assert tables(markdown)
    for one in tables(markdown):
        assert {len(cells) for cells in one} == {len(one[0])}
        assert all(re.fullmatch(r" (:--|--:) ", cell) for cell in one[1])
        assert not any("None" in cell for cells in one for cell in cells)
    assert not re.search(r"\b(nan|inf)\b", markdown)


def test_the_sections_stand_in_their_order() -> None:
    text = report.render(sample_evaluation())
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith("# Evaluation of unspun-en 0.2.0\n\n")
    head = text.partition("\n## ")[0]
    assert all(part in head for part in ("5" * 64, "    unspun evaluate", "A second run gives the same numbers."))


def test_families_left_out_with_their_mean_and_the_worst() -> None:
    text = section(report.render(sample_evaluation()), SECTIONS[0])
    own, tools = text.split("### Tools that nobody here wrote: 25 %")
    assert row(own, "mixed") == "| mixed | mixed | 24.2 % | 250 | 6,000 | 0.900 | 70.0 % | 55.0 % | 0.850 |"
    assert row(own, r"**mean**").endswith("| 0.968 | 75.1 % | 53.0 % | 0.912 |")
    assert row(own, r"**worst**").endswith("| 0.840 | 64.0 % | 49.0 % | 0.834 |")
    assert all(f"| {escaped(name)} |" in own for name in FAMILIES)
    assert all(f"| {name} |" in tools for name in TOOLS)
    assert "| wordspin | wordspin is not installed: pip install wordspin |" in tools


def test_a_cell_that_could_not_be_reached_is_marked_with_what_was() -> None:
    text = section(report.render(sample_evaluation()), SECTIONS[0])
    assert r"| stock | stock, mixed | 14.0 % \* |" in text
    assert row(text, "stock | 100-199") == r"| stock | 100-199 | 0.817 | 0.850 | 0.870 \* (14 %) | 0.883 \* (14 %) |"
    assert r"\*" not in row(text, "roget | 100-199")


def test_every_grid_has_a_row_for_each_family_and_length() -> None:
    grids = [one for one in tables(report.render(sample_evaluation())) if one[0][1] == " words "]
    assert [len(one) - 2 for one in grids] == [4 * len(FAMILIES)] * 2 + [4 * len(TOOLS)] * 2
    assert {len(cells) for one in grids for cells in one} == {2 + 4}


def test_what_was_not_measured_is_a_dash() -> None:
    evaluation = sample_evaluation()
    for family in evaluation["lofo"]["families"].values():
        for cell in family["cells"]:
            cell["tpr01"] = None
    evaluation["ece"]["p05"] = None
    text = report.render(evaluation)
    assert row(text, "mixed").split("|")[-3].strip() == DASH
    assert f"| 5 %, scores shifted | {DASH} |" in text
    assert f", {DASH} |" in report.readme_block(evaluation)


def test_competitors_are_ranked_and_samples_stand_beside_unspun_on_the_same() -> None:
    text = section(report.render(sample_evaluation()), "Competitors")
    order = [[cells[0].strip(), cells[2].strip()] for cells in tables(text)[0][2:]]
    assert order[0] == ["Unspun", "all"]
    assert order[-2:] == [["Unspun", "2,000"], ["SmolLM2-135M", "2,000"]]
    assert [name for name, _ in order[1:4]] == [
        "tf-idf + logistic regression", "tortured-phrase list", "choice model, untrained score",
    ]  # fmt: skip


def test_a_competitor_that_could_not_be_run_is_named_with_the_reason() -> None:
    evaluation = sample_evaluation()
    evaluation["competitors"]["lm"] |= {"missing": "no weights", "families": {}, "lofo_mean_f1": None}
    text = section(report.render(evaluation), "Competitors")
    assert "| SmolLM2-135M | no weights |" in text
    assert "| SmolLM2-135M | log-probability |" not in text


def test_published_figures_are_marked_as_quoted() -> None:
    quoted = section(report.render(sample_evaluation()), "Competitors").partition("### Quoted, not measured here")[2]
    assert "Wahle et al. 2022" in quoted
    for figures in ("86.5 | 62.5", "98.0 | 55.0", "99.7 | 71.7", "78.4 | 65.6"):
        assert figures in quoted


def test_text_of_language_models_is_in_a_table_of_its_own() -> None:
    honest, _, written = section(report.render(sample_evaluation()), "False positives by register").partition(
        "### Text that a language"
    )
    assert "| llm" not in honest
    assert row(honest, "**all**").startswith("| **all** | 3,753 | 24 | 0.6 % |")
    assert row(honest, "corpus poetry") == (
        "| corpus poetry | 64 | 1 | 1.6 % | 0.3 % to 8.3 % | 0.00 % | 4.7 % | 1.1 % |"
    )
    assert row(written, "llm-rewrite").startswith("| llm-rewrite | 150 | 19 | 12.7 % |")
    assert row(written.partition("### Other text")[2], "noise typos").startswith("| noise typos | 400 |")


def test_translators_stand_by_part_each_with_its_mean() -> None:
    text = section(report.render(sample_evaluation()), "Machine translation")
    (rows,) = tables(text)
    assert [(cells[0].strip(), cells[1].strip()) for cells in rows[2:]] == [
        ("Apertium, chain not learnt", "en-eo, eo-en"), ("Apertium, chain not learnt", "eng-cat, cat-eng"),
        ("Apertium, chain not learnt", "**mean**"),
        ("Apertium, chain learnt", r"translated\_spa"), ("Apertium, chain learnt", "**mean**"),
        ("post-edited, languages not learnt", "ne-en"), ("post-edited, languages not learnt", "**mean**"),
        ("post-edited, languages learnt", "et-en"), ("post-edited, languages learnt", "**mean**"),
    ]  # fmt: skip
    assert "| ne-en | 300 | 0.780 | 0.700 | 5.0 % | 20.0 % | 2.0 % | 40.0 % |" in text
    assert (
        "Of 9,000 held-out spun texts, 71.0 % are flagged; 6.0 % of these are taken for machine translations." in text
    )


def test_a_part_that_could_not_be_made_is_left_out() -> None:
    evaluation = sample_evaluation()
    for part in ("unseen", "corrected", "unseen corrected"):
        del evaluation["translated"][part]
    text = report.render(evaluation)
    assert "post-edited" not in section(text, "Machine translation")
    assert f"| AUC of its kind, of the score | {DASH}, {DASH} |" in report.readme_block(evaluation)
    assert f"{DASH} are not flagged in balanced mode" in " ".join(all_texts(evaluation)[1].split())


def test_calibration_says_what_a_score_means_in_a_queue() -> None:
    text = section(report.render(sample_evaluation()), "Calibration")
    assert "logit(p)" in text
    odds = 0.9 / 0.1 * 0.05 / 0.95
    assert f"At p = 5 % a score of 0.90 stands\nfor a probability of {odds / (1 + odds):.2f}." in text
    assert row(text, "`strict`") == "| `strict` | 70.0 % | 0.10 % | 80.0 % | 90.0 % | – |"


def test_ablation_gives_differences_the_dearest_first() -> None:
    text = section(report.render(sample_evaluation()), "Ablation")
    names = [cells[0].strip() for cells in tables(text)[0][2:]]
    assert names == ["**all witnesses**", "without choice model", "without n-grams", "without spinner prior"]
    assert row(text, "without choice model") == "| without choice model | -0.080 | -16.0 | -0.080 | -8.0 |"
    assert row(text, "without n-grams").endswith(f"| {DASH} |")


def test_the_readme_block_has_the_headline_figures_of_every_mode() -> None:
    block = report.readme_block(sample_evaluation())
    assert block == block.strip()
    for figure in (r"0.912, 0.834 (wordnet\_random)", "0.0 %, 1.6 %", "0.018, 0.009", "41.0 %, 71.0 %"):
        assert figure in block
    assert row(block, "`sensitive`") == "| `sensitive` | 63.0 % | 2.7 % | 1.9 % | 90.0 % |"


def test_a_missing_part_is_an_error() -> None:
    evaluation = sample_evaluation()
    del evaluation["ablation"]
    with pytest.raises(KeyError, match="ablation"):
        report.render(evaluation)


@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=7))
def test_whatever_the_figures_the_tables_hold(figures: list[float | None]) -> None:
    for text in all_texts(replaced(sample_evaluation(), cycle(figures))):
        assert_well_formed(text)


@pytest.mark.parametrize("name", ["stock", "unspun-en", "legal", "SmolLM2-135M", "choice model", "odd phrase"])
def test_names_are_shown_as_they_are(name: str) -> None:
    evaluation = json.loads(json.dumps(sample_evaluation()).replace(json.dumps(name), json.dumps(NASTY)))
    texts = all_texts(evaluation)
    assert any(escaped(NASTY) in text for text in texts)
    for text in texts:
        assert_well_formed(text)
        assert "\n| i |" not in text


@given(st.text())
def test_an_escaped_text_is_one_line_without_live_marks(text: str) -> None:
    shown = escaped(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[|`*_<\[]", shown.replace("\\\\", ""))
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(text.split())


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        table(["a", "b"], [["c"]])


def test_a_difference_too_small_to_show_has_no_sign() -> None:
    assert [difference(a, 0.5) for a in (0.50004, 0.49996, 0.51, None)] == ["0.000", "0.000", "+0.010", DASH]


def test_the_digest_names_the_figures() -> None:
    evaluation = sample_evaluation()
    again = json.loads(json.dumps(evaluation))
    assert report.digest(evaluation) == report.digest(again)
    again["ece"]["p50"] += 0.001
    assert report.digest(evaluation) != report.digest(again)


def plots_module() -> Any:
    """Without matplotlib, which only the train extra has, there is nothing to test."""
    return pytest.importorskip("detector.evaluation.plots", exc_type=ImportError)


def test_the_plots_are_small_plain_and_the_same_every_time() -> None:
    plots = plots_module()
    evaluation = sample_evaluation()
    drawn = plots.files(evaluation)
    assert drawn == plots.files(evaluation)
    linked = set(re.findall(r"\]\((plots/\w+\.svg)\)", report.render(evaluation)))
    assert set(drawn) == linked
    for svg in drawn.values():
        assert len(svg.encode()) < 60_000
        assert report.digest(evaluation) in svg
        assert "dc:date" not in svg
    texts = {path: "".join(ElementTree.fromstring(svg).itertext()) for path, svg in drawn.items()}
    assert all(name in texts["plots/lofo.svg"] for name in FAMILIES)
    assert "second-language (69)" in texts["plots/registers.svg"]
    assert "ECE 0.018" in texts["plots/calibration.svg"]


def test_a_plot_leaves_out_what_was_not_measured() -> None:
    plots = plots_module()
    for svg in plots.files(replaced(sample_evaluation(), repeat(None))).values():
        ElementTree.fromstring(svg)
