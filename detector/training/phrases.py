"""Makes `detector/rules/phrases.json`, the weighted stock phrases of rewriting tools:

    python -m detector.training.phrases data/built --tortured tortured.tsv

Renderings come from `phrases.txt` (written for this project), from the phrases and compounds of the family `stock`, and
from the list of tortured phrases. The weight of a rendering is the logarithm of 1 + emitted / honest. honest is how
often clean text has it: the highest rate of any source, each drawn to the rate of all, and no less than its forms have
on average. emitted is an assumption: a share
of the occurrences of what it stands for, see SHARES. So what old novels or court hearings have weighs little, however
typical of tools it is.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.files import replacing
from detector.lexicon import FIRST_WORD, Lexicon
from detector.ngrams import NgramTable
from detector.rules.phrases import token_ids, trie
from detector.training.assemble import candidate_table, lexicon
from detector.training.encode import vocabulary
from detector.training.families.inflection import inflect
from detector.training.families.tortured import read_list

F64 = npt.NDArray[np.float64]

#: The share of the occurrences of what a rendering stands for that tools, all texts by all of them taken together, are
#: assumed to turn into it. By mark: hallmarks of one widespread tool, ordinary ones, one of many, and ambiguous phrases.
SHARES: Final[Mapping[str, float]] = {"!": 0.1, "": 0.03, "~": 0.005, "?": 0.001}
#: Mark of a phrase that is no rendering, and stands in the table for the sake of shorter ones.
HONEST: Final = "honest"
#: Original's rate per token: rewritten pages have their own topics, in which no original is rarer than this ...
LEAST_RATE, LEAST_RATE_LISTED = 10e-6, 3e-6
#: ... and a frequent word is turned into other things too.
MOST_RATE: Final = 100e-6
#: How many tokens of the whole corpus a source's own rate is joined with.
PRIOR_TOKENS: Final = 3e6
#: Renderings below this weight tell nothing, and are left out.
LEAST_WEIGHT: Final = 0.7
#: What some source has more often than this per token is honest wording there, and weighs this much at most: it is
#: underlined only where the paragraph is suspect for other reasons.
HONEST_RATE, MOST_HONEST = 1.5e-6, 2.9
MOST_TOKENS: Final = 9
#: Tokens of the corpus that are read at once.
CHUNK: Final = 2_000_000
VERB_TAGS: Final = ("VB", "VBZ", "VBD", "VBN", "VBG")
_BE: Final = {"VB": ("be",), "VBZ": ("is", "are", "am"), "VBD": ("was", "were"), "VBN": ("been",), "VBG": ("being",)}
_MODALS: Final = frozenset("can could may might must shall should will would".split())
_HEADING: Final = re.compile(r"\[(fixed|noun|verb|honest)\]")
#: American endings and words, and their British spelling.
_BRITISH: Final = tuple(
    (re.compile(rf"\b{american}\b"), british)
    for american, british in (
        (r"(\w{3,})(?<!s)iz(e|es|ed|ing|ation|ations|er|ers)", r"\1is\2"),
        (r"(behavi|col|fav|hum|lab|neighb|rum|val|vig|hon)or(|s|ed|ing|ful|ite|able|hood|hoods)", r"\1our\2"),
        (r"(cent|theat)er(|s)", r"\1re\2"),
        (r"program(|s)", r"programme\1"),
        (r"(acknowledg|judg)ment(|s)", r"\1ement\2"),
        (r"(def|off)ense(|s)", r"\1ence\2"),
        (r"travel(er|ers|ing|ed)", r"travell\1"),
    )
)


class Rendering(NamedTuple):
    """text: what tools write. originals: what they write it for, best first. mark: a key of SHARES. least: the rate
    that the originals are taken to have at least. base: the form that it is inflected from, which may be itself."""

    text: str
    originals: tuple[str, ...]
    mark: str
    least: float
    base: str


def written() -> Iterator[Rendering]:
    """The renderings of phrases.txt, inflected."""
    section = "fixed"
    text = files("detector.training").joinpath("phrases.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := _HEADING.fullmatch(line):
            section = heading[1]
            continue
        if section == "honest":
            yield Rendering(line, (), HONEST, 0.0, line)
            continue
        left, right = line.split(" < ")
        mark = left[0] if left[0] in "!~" else ""
        left = left.removeprefix(mark).strip()
        yield from _inflected(section, left, right.split("; "), mark)


def stock() -> Iterator[Rendering]:
    """The phrases of the family `stock`, inflected. Each is one of many for its original."""
    sections = json.loads(files("detector.training.families").joinpath("stock.json").read_text(encoding="utf-8"))
    for name, section in (("phrases", "fixed"), ("nouns", "noun"), ("verbs", "verb")):
        for original, renderings in sections[name].items():
            for rendering in renderings:
                yield from _inflected(section, rendering, [original], "~")


def listed(path: Path) -> Iterator[Rendering]:
    """The tortured phrases of a list; those that it calls ambiguous weigh less. A phrase of the list is a noun, most often."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ambiguous = {row["tortured"] for row in rows if row["condition"]}
    for expected, tortured, _ in read_list(path):
        mark = "?" if tortured in ambiguous else ""
        yield Rendering(tortured, (expected,), mark, LEAST_RATE_LISTED, tortured)


def _inflected(section: str, text: str, originals: Sequence[str], mark: str) -> Iterator[Rendering]:
    text = text.lower()
    yield Rendering(text, tuple(originals), mark, LEAST_RATE, text)
    if section == "noun":
        yield Rendering(inflect(text, "NNS"), tuple(inflect(o, "NNS") for o in originals), mark, LEAST_RATE, text)
    if section == "verb":
        ours = [original for original in originals if original.split()[0] not in _MODALS]
        inflects = ours and text.split()[0] not in _MODALS
        for tag in VERB_TAGS if inflects else ():
            for be in _BE[tag]:
                new = _verb(text, tag, be)
                yield Rendering(new, tuple(_verb(original, tag, be) for original in ours), mark, LEAST_RATE, text)


def _verb(phrase: str, tag: str, be: str) -> str:
    """A verb phrase inflected; be: the form that *be* takes."""
    return be + phrase[2:] if phrase.split()[0] == "be" else inflect(phrase, tag)


def british(rendering: Rendering) -> Rendering:
    """The same in British spelling."""
    return rendering._replace(text=_british(rendering.text), originals=tuple(map(_british, rendering.originals)))


def _british(text: str) -> str:
    for american, put in _BRITISH:
        text = american.sub(put, text)
    return text


def merged(renderings: Iterable[Rendering]) -> list[Rendering]:
    """One rendering for each text, the first; the originals of the later ones are added."""
    found: dict[str, Rendering] = {}
    for rendering in renderings:
        for variant in dict.fromkeys((rendering, british(rendering))):
            earlier = found.setdefault(variant.text, variant)
            originals = dict.fromkeys((*earlier.originals, *variant.originals))
            originals.pop(variant.text, None)
            found[variant.text] = earlier._replace(originals=tuple(originals))
    return [rendering for rendering in found.values() if rendering.originals or rendering.mark == HONEST]


def rates(texts: Sequence[str], built: Path, spelled: Lexicon) -> tuple[F64, F64]:
    """Occurrences per token of each text (texts,) in the documents that are not held out: in all of them, and in the
    source that has it most. At least half an occurrence is counted."""
    sequences = token_ids(texts, spelled)
    tree = trie(sequences, FIRST_WORD + len(spelled.words))
    counts, sizes = [], []
    for path in sorted(built.glob("*.ids.npy")):
        stream = np.load(path, mmap_mode="r")
        documents = np.load(path.with_name(path.name.replace(".ids.", ".docs.")))
        own = np.zeros(len(texts), np.int64)
        size = 0
        for start, end in _stretches(documents, len(stream)):
            for at in range(start, end, CHUNK):
                own += np.bincount(tree.find(np.asarray(stream[at : min(at + CHUNK, end)]))[1], minlength=len(texts))
            size += end - start
        counts.append(own)
        sizes.append(size)
    total, tokens = np.sum(counts, axis=0) + 0.5, sum(sizes)
    overall = total / tokens
    highest = np.max(
        [(own + PRIOR_TOKENS * overall) / (size + PRIOR_TOKENS) for own, size in zip(counts, sizes, strict=True)],
        axis=0,
    )
    return overall, np.maximum(highest, overall)


def _stretches(documents: npt.NDArray[np.int64], tokens: int) -> Iterator[tuple[int, int]]:
    """Stretches of documents that are not held out. documents: (documents, 3) as `encode` writes them."""
    kept = documents[:, 2] == 0
    edges = np.flatnonzero(np.diff(kept.astype(np.int8), prepend=0, append=0))
    starts = np.append(documents[:, 0], tokens)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield int(starts[first]), int(starts[last])


def weigh(renderings: Sequence[Rendering], built: Path) -> list[tuple[str, list[str], float]]:
    """(text, originals, weight) of those that tell something, heaviest first."""
    words, word_counts = vocabulary(built)
    spelled = spelling(words)
    texts = list(dict.fromkeys(text for rendering in renderings for text in (rendering.text, *rendering.originals)))
    number = {text: i for i, text in enumerate(texts)}
    overall, highest = rates([text.lower() for text in texts], built, spelled)
    for i, text in enumerate(texts):  # a single word is no sequence
        if (id_ := spelled.index.get(text.lower())) is not None:
            overall[i] = word_counts[id_ - FIRST_WORD] / word_counts.sum()
    forms: dict[str, list[float]] = {}
    for rendering in renderings:
        forms.setdefault(rendering.base, []).append(highest[number[rendering.text]])
    known = token_ids([rendering.text for rendering in renderings], spelled)
    rows: list[tuple[str, list[str], float]] = []
    for rendering, ids in zip(renderings, known, strict=True):
        if not 2 <= len(ids) <= MOST_TOKENS:
            continue
        if rendering.mark == HONEST:
            rows.append((rendering.text, [], 0.0))
            continue
        rate = max(overall[number[original]] for original in rendering.originals)
        if rendering.mark != "!":
            rate = min(rate, MOST_RATE)
        emitted = SHARES[rendering.mark] * max(rate, rendering.least)
        honest = max(highest[number[rendering.text]], mean(forms[rendering.base]))
        weight = math.log1p(emitted / honest)
        if honest > HONEST_RATE:
            weight = min(weight, MOST_HONEST)
        if weight >= LEAST_WEIGHT:
            rows.append((rendering.text, list(rendering.originals), round(weight, 2)))
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def spelling(words: Sequence[str]) -> Lexicon:
    """A lexicon that knows the vocabulary and nothing more."""
    candidates = candidate_table(np.zeros(len(words), np.int64), np.zeros(0, np.int32))
    return lexicon(words, np.zeros(len(candidates), np.float32), candidates, NgramTable(np.zeros(3, np.uint16), 1))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("built", type=Path, help="the folder with the encoded corpus, as `unspun train` leaves it")
    parser.add_argument("--tortured", type=Path, required=True, help="the list of tortured phrases")
    parser.add_argument("--out", type=Path, default=Path("detector/rules/phrases.json"))
    options = parser.parse_args()
    rows = weigh(merged([*written(), *stock(), *listed(options.tortured)]), options.built)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    with replacing(options.out) as file:
        file.write(f'{{"phrases": [\n{lines}\n]}}\n'.encode())


if __name__ == "__main__":
    main()
