"""CARD.md, rendered from made-up figures."""

from __future__ import annotations

import re

from evaluation.samples import sample_about, sample_evaluation, sample_sources

from detector.evaluation import card, report

SECTIONS = [
    "What it is for", "What it is not for", "Data and licences", "Figures", "Limits", "How to cite",
]  # fmt: skip


def rendered() -> str:
    return card.render(sample_evaluation(), sample_about(), sample_sources())


def test_the_sections_stand_in_their_order() -> None:
    text = rendered()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith("# Model card: unspun-en 0.2.0\n\n")
    assert "5" * 64 in text.partition("\n## ")[0]


def test_what_is_out_of_scope_comes_with_the_measured_rates() -> None:
    text = rendered().partition("## What it is not for")[2].partition("\n## ")[0]
    assert "sole basis of a sanction" in text
    assert "3.1 % of plain model text and 12.7 % of model paraphrases" in " ".join(text.split())
    assert "1.6 % of the held-out verse" in text
    assert "Languages other than English" in text
    assert "Of 600 paragraphs of machine output that people had to change a good deal, 80.0 % are not flagged" in (
        " ".join(text.split())
    )


def test_sources_with_their_words_and_licences() -> None:
    text = rendered()
    assert "| English Wikipedia | CC BY-SA 3.0 | 40,001,958 |" in text
    assert "| attic | not stated | 1,200 |" in text
    assert "| Moby Thesaurus II | public domain | candidates, spinner |" in text
    assert "A source of another model" not in text
    assert "ships statistics and weights only" in text
    assert r"translated whole paragraphs there and back: translated\_spa. Other" in " ".join(text.split())
    assert "MLQE-PE" in text


def test_a_model_without_translations_names_none() -> None:
    text = " ".join(card.render(sample_evaluation(), sample_about() | {"translators": []}, sample_sources()).split())
    assert "translated whole paragraphs there and back: none. Clean text" in text
    assert "MLQE-PE" not in text


def test_the_figures_are_those_of_the_readme() -> None:
    evaluation = sample_evaluation()
    assert card.headline(evaluation) in rendered()
    assert report.readme_block(evaluation).startswith(card.headline(evaluation))
    assert (
        "| machine translation: unseen Apertium chains | AUC of its kind, of the score | 0.950, 0.870 |" in rendered()
    )
    assert "| AUC of its kind: unseen language pairs, learnt pairs | 0.780, 0.820 |" in rendered()


def test_limits_are_computed() -> None:
    text = " ".join(rendered().partition("## Limits")[2].split())
    assert r"The worst family is wordnet\_random, with F1 0.834." in text
    assert (
        "The worst is corpus fiction before 1920: 5 of 312 clean paragraphs are flagged in balanced mode, 1.6 %" in text
    )
    assert "one content word in twenty changed, 62.7 % are found" in text
    assert "of 20-49 words with a quarter of the content words changed, 62.7 % are found" in text


def test_a_register_that_was_not_measured_is_a_dash() -> None:
    evaluation = sample_evaluation()
    del evaluation["registers"]["corpus poetry"], evaluation["registers"]["llm"]
    text = card.render(evaluation, sample_about(), sample_sources())
    assert "– of the held-out verse" in text
    assert "– of plain model text" in text


def test_the_worst_register_is_one_of_honest_writing() -> None:
    registers = sample_evaluation()["registers"]
    assert card.worst_register(registers)[0] == "corpus fiction before 1920"
    registers["legal"]["share"] = 0.04
    assert card.worst_register(registers)[0] == "legal"


def test_the_citation_invents_nothing() -> None:
    text = rendered().partition("## How to cite")[2]
    assert all(part in text for part in ("The Unspun authors", "unspun-en", "0.2.0", "5" * 64))
    assert "doi" not in text.lower()
