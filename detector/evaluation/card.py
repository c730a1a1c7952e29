"""CARD.md: what a model is for and not for, what it is made of, how good it is and where it fails.

A pure function of evaluation.json, model.json and data/sources.toml. Its parts are those of Mitchell et al. 2019,
"Model Cards for Model Reporting", so far as they apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from detector.evaluation.markdown import count, decimal, escaped, mean, percent, table
from detector.evaluation.translated_page import corrected, mean_of, missed
from detector.results import Json
from detector.training.translated import POST_EDIT

#: The cell that headline figures are of.
RATE, LENGTH = 0.25, "100-199"
#: The row of all registers together, and the registers whose text a language model wrote or rewrote.
ALL: Final = "all"
WRITTEN_BY_MODELS: Final = ("llm", "llm-rewrite")


def render(evaluation: Json, about: Json, sources: Sequence[Json]) -> str:
    """CARD.md. about: model.json; sources: the tables of data/sources.toml. Raises KeyError for a missing part."""
    parts = [
        f"# Model card: {escaped(about['name'])} {escaped(about['version'])}",
        f"SHA-256 of the weights (`arrays.npz`): `{about['sha256']}`",
        _PURPOSE,
        _not_for(evaluation),
        *_data(about, sources),
        "## Figures",
        headline(evaluation),
        "[EVALUATION.md](EVALUATION.md) says how each was measured, and gives the rest.",
        _limits(evaluation),
        _citation(about),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def headline(evaluation: Json) -> str:
    """The figures to know, as one table: unseen spinners and translators, clean text, calibration, suggestions, real
    pages."""
    lofo, unseen, registers = (evaluation[name] for name in ("lofo", "unseen", "registers"))
    whole, (worst, worst_row) = registers[ALL], worst_register(registers)
    paragraphs = evaluation["pages"]["paragraphs"]
    balanced = evaluation["pages"]["modes"]["balanced"]
    left_out = f"{len(lofo['families'])} spinner families, each left out of training in its turn, {_CELL}"
    return table(
        ["texts", "measured", "figure"],
        [
            [left_out, "F1: mean, worst family", _mean_and_worst(lofo)],
            ["", "true positives at 1 % false positives, mean", percent(lofo["mean_tpr1"])],
            ["", "AUC, mean", decimal(lofo["mean_auc"])],
            [f"{len(unseen['families'])} tools that nobody here wrote, {_CELL}", "F1: mean, worst tool",
             _mean_and_worst(unseen)],
            ["", "true positives at 1 % false positives, mean", percent(unseen["mean_tpr1"])],
            ["machine translation: unseen Apertium chains", "AUC of its kind, of the score",
             _translated(evaluation, ("unseen", "auc_translated"), ("unseen", "auc"))],
            ["machine output against its post-edit", "AUC of its kind: unseen language pairs, learnt pairs",
             _translated(evaluation, ("unseen corrected", "auc_translated"), ("corrected", "auc_translated"))],
            [f"{count(whole['n'])} clean paragraphs of {len(counted(registers))} registers, balanced mode", "flagged",
             percent(whole["share"])],
            ["", f"the worst register ({escaped(worst)}, {count(worst_row['n'])} paragraphs)",
             percent(worst_row["share"])],
            ["", "second-language essays, fiction before 1920",
             f"{_share(registers, 'second-language')}, {_share(registers, 'fiction before 1920')}"],
            ["held-out pairs", "expected calibration error, half of them spun and one in twenty",
             f"{decimal(evaluation['ece']['p50'])}, {decimal(evaluation['ece']['p05'])}"],
            ["words swapped by the families, whose original is in the vocabulary", "the original among the five suggestions",
             percent(evaluation["spans"]["hit5"])],
            ["", "the same, by the tools that nobody here wrote", percent(evaluation["spans"]["unseen"]["hit5"])],
            [f"{count(paragraphs['n'])} paragraphs of real pages, {count(paragraphs['spun'])} of them spun", "AUC",
             decimal(paragraphs["auc"])],
            ["", "true positives at 1 % and at 5 % false positives",
             f"{percent(paragraphs['tpr1'])}, {percent(paragraphs['tpr5'])}"],
            ["", "flagged in balanced mode: spun, clean",
             f"{percent(balanced['flagged_spun'])}, {percent(balanced['flagged_clean'])}"],
            [f"{count(balanced['evidence'])} odd phrases marked in them by hand", "a span overlaps it",
             percent(balanced["overlapped"])],
            ["", "the original among the five suggestions", percent(balanced["hit5"])],
        ],
        texts=2,
    )  # fmt: skip


def counted(registers: Json) -> Json:
    """The registers of honest writing, those that the row of all together counts."""
    return {name: row for name, row in sorted(registers.items()) if name != ALL and row["total"]}


def worst_register(registers: Json) -> tuple[str, Json]:
    """The one of which the largest share is flagged in balanced mode, however few its paragraphs."""
    rows: list[tuple[str, Json]] = list(counted(registers).items())
    return max(rows, key=lambda row: row[1]["share"] or 0.0)


_CELL: Final = f"{percent(RATE, 0)} of the content words changed, {LENGTH} words"

_PURPOSE: Final = """## What it is for

It finds English prose in which a tool or a bad translation replaced words by their dictionary neighbours. It gives a
paragraph and a document a calibrated probability, marks the odd phrases and says what probably stood there. It is made
for people who then read the text: editors, moderators, reviewers, teachers, those who clean a corpus."""

_NOT_FOR: Final = """## What it is not for

- **The sole basis of a sanction.** A score is a probability and no proof of who did what. Before anything follows from
  it, a person must read the marked phrases, and the author must be heard.
- **Text that a large language model wrote or paraphrased.** A fluent rewrite leaves no odd words, so it is out of
  scope: the share flagged in balanced mode is {written} of plain model text and {rewritten} of model paraphrases. That
  nothing is flagged does not mean that a person wrote the text.
- **Languages other than English.** Text in another language gets the status `not_english` and no score.
- **Good neural translation.** It chooses its words in context, as a writer does, and leaves little to see. Of
  {translations} paragraphs of machine output that people had to change a good deal, {missed} are not flagged in balanced
  mode. What needed less correction was not measured.
- **Verse.** Its words are rare on purpose: {verse} of the held-out verse is flagged in balanced mode."""


_DATA: Final = """\
**The model ships statistics and weights only**: word and n-gram counts, lists of substitutes, trained weights, and no
text. Its language part was trained on {words} words of clean text. From {documents} further documents of the same
sources ({share} of all) came the pairs of original and spun paragraphs: most to fit the classifiers on, a fifth of the
documents for tests alone.

The spinners that the pairs were made with: {families}.

Chains of Apertium that translated whole paragraphs there and back: {translators}.{corrections}"""

_CORRECTIONS: Final = """ Other machine translations, beside what
people made of them, are those of MLQE-PE."""

_LIMITS: Final = """## Limits

- **Spinners it has not seen** are found less surely than those that it was trained on. The figures for spinners above
  are of unseen ones. The worst family is {family}, with F1 {f1}.
- **Light spinning.** Of paragraphs of 100-199 words with one content word in twenty changed, {light} are found at 1 %
  false positives (mean over the unseen families).
- **Short paragraphs.** Of those of 20-49 words with a quarter of the content words changed, {short} are found at 1 %
  false positives. Fewer than 20 words get no score.
- **Registers differ.** The worst is {register}: {flagged} of {n} clean paragraphs are flagged in
  balanced mode, {share} (95 % interval: {low} to {high}). A kind of writing that was not measured may do worse.
- **A probability needs a prior.** Scores hold where half of the texts are spun. Where fewer are, a flag is wrong more
  often; [EVALUATION.md](EVALUATION.md#calibration) says how to correct a score.
- **Real pages.** How readily a mode flags and how much its spans cover was decided with an eye on the real pages of
  the last rows, so their figures are a little kinder than those of pages not yet seen."""


def _not_for(evaluation: Json) -> str:
    registers = evaluation["registers"]
    written, rewritten = (_share(registers, name) for name in WRITTEN_BY_MODELS)
    return _NOT_FOR.format(
        written=written,
        rewritten=rewritten,
        verse=_share(registers, "poetry"),
        translations=count(sum(int(cell["n"]) for cell in corrected(evaluation))),
        missed=percent(missed(evaluation)),
    )


def _data(about: Json, sources: Sequence[Json]) -> list[str]:
    """Clean text first, by what model.json has seen of it; then the word lists, vectors and tools."""
    known = {source["id"]: source for source in sources}
    seen = about["sources"]
    order = [name for name in known if name in seen] + sorted(set(seen) - set(known))
    texts = [[*_source(known.get(name, {"title": name})), count(seen[name]["words"])] for name in order]
    chains = [escaped(name) for name in about["translators"] if name != POST_EDIT]
    tools = [[*_source(one), ", ".join(map(escaped, one["use"]))] for one in sources if "counts" not in one["use"]]
    return [
        "## Data and licences",
        _DATA.format(
            words=count(about["words_seen"]["words"]),
            documents=count(about["held_out"]["documents"]),
            share=percent(about["held_out"]["share"]),
            families=", ".join(map(escaped, about["families"])),
            translators=", ".join(chains) or "none",
            corrections=_CORRECTIONS if POST_EDIT in about["translators"] else "",
        ),
        "Clean text, held-out documents included:",
        table(["source", "licence", "words"], texts, texts=2),
        "Word lists, vectors and tools:",
        table(["source", "licence", "used for"], tools, texts=3),
        "The model and the code are under Apache-2.0; NOTICE names the sources and their terms.",
    ]


def _source(source: Json) -> list[str]:
    return [escaped(source["title"]), escaped(source.get("licence", "not stated"))]


def _limits(evaluation: Json) -> str:
    lofo, (worst, row) = evaluation["lofo"], worst_register(evaluation["registers"])
    return _LIMITS.format(
        family=escaped(lofo["worst_family"]),
        f1=decimal(lofo["worst_f1"]),
        light=_mean_tpr1(lofo, 0.05, LENGTH),
        short=_mean_tpr1(lofo, RATE, "20-49"),
        register=escaped(worst),
        **{name: count(row[name]) for name in ("flagged", "n")},
        **{name: percent(row[name]) for name in ("share", "low", "high")},
    )


def cell_of(family: Json, rate: float, length: str) -> Json:
    """The cell of a family at a rate and a length. Raises ValueError unless there is one."""
    (found,) = (cell for cell in family["cells"] if (cell["rate"], cell["length"]) == (rate, length))
    one: Json = found
    return one


def _mean_tpr1(lofo: Json, rate: float, length: str) -> str:
    return percent(mean([cell_of(family, rate, length)["tpr1"] for family in lofo["families"].values()]))


def _citation(about: Json) -> str:
    return f"""## How to cite

    @software{{unspun,
      author  = {{{{The Unspun authors}}}},
      title   = {{Unspun, model {about["name"]}}},
      version = {{{about["version"]}}},
      note    = {{SHA-256 of the weights: {about["sha256"]}}},
    }}

Add the address of the repository that you took it from."""


def _mean_and_worst(left_out: Json) -> str:
    worst = f"{decimal(left_out['worst_f1'])} ({escaped(left_out['worst_family'])})"
    return f"{decimal(left_out['mean_f1'])}, {worst}"


def _translated(evaluation: Json, *figures: tuple[str, str]) -> str:
    """Means of parts of the figures on machine translation."""
    return ", ".join(decimal(mean_of(evaluation, part, figure)) for part, figure in figures)


def _share(registers: Json, name: str) -> str:
    """What is flagged of a register, whether its texts are the corpus's own or those of a file of registers."""
    row = registers.get(name) or registers.get(f"corpus {name}")
    return percent(row["share"] if row else None)
