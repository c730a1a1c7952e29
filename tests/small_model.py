"""A model of a hundred words with random weights: right in form, wrong in every judgement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.classifier import DOCUMENT_NAMES, KINDS, PARAGRAPH_NAMES
from detector.features import NAMES
from detector.lexicon import FIRST_WORD
from detector.model import packed_candidates, save
from detector.ngrams import bigram_keys, build, trigram_keys
from detector.results import MODES
from detector.rules.names import LINKS, Names, pair_keys
from detector.traces import TRACE_NAMES

FUNCTION_WORDS = "the of and to a in that is for was on it with as his be at by i they were not but had or an"
CONTENT_WORDS = (
    "worker employee teacher school house home garden river lake water road street market shop price cost money bank "
    "train bus ship boat letter note book page story tale song tune night evening morning day week month year summer "
    "winter storm rain snow cold warm large small quick fast slow old new early late walk run build make open close"
)
WORDS = [*FUNCTION_WORDS.split(), *CONTENT_WORDS.split()]
WIDTH, NEAR, REACH, FAR_WIDTH, HIDDEN, CANDIDATES = 8, 2, 4, 3, 12, 14

Arrays = dict[str, npt.NDArray[Any]]


def candidates(rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """One to CANDIDATES substitutes of each content word, drawn from the other ones."""
    first = FIRST_WORD + len(FUNCTION_WORDS.split())
    table = np.zeros((FIRST_WORD + len(WORDS), CANDIDATES), np.int32)
    for word in range(first, len(table)):
        others = rng.permutation(np.setdiff1d(np.arange(first, len(table)), [word]))
        count = int(rng.integers(1, CANDIDATES + 1))
        table[word, :count] = others[:count]
    table[first, :] = np.arange(first + 1, first + 1 + CANDIDATES)
    return table


def arrays_and_about(seed: int = 0) -> tuple[Arrays, dict[str, Any]]:
    """What `detector.model.save` takes."""
    rng = np.random.default_rng(seed)
    ids = FIRST_WORD + len(WORDS)
    packed, counts = packed_candidates(candidates(rng))
    pairs = np.unique(rng.integers(FIRST_WORD, ids, (900, 2)), axis=0).astype(np.int32)
    triples = np.unique(rng.integers(FIRST_WORD, ids, (900, 3)), axis=0).astype(np.int32)
    keys = np.concatenate([bigram_keys(*pairs.T), trigram_keys(*triples.T)])
    ngrams = build(keys, rng.integers(1, 5000, len(keys)))
    inputs = (2 * NEAR + 1) * WIDTH + 2 * (REACH - NEAR) * FAR_WIDTH
    names = _names(rng, ids)
    arrays: Arrays = {
        "words": np.frombuffer("\n".join(WORDS).encode(), np.uint8),
        "candidates": packed,
        "candidate_counts": counts,
        "ngrams": ngrams.cells,
        "log_share": np.log(rng.dirichlet(np.ones(ids))).astype(np.float16),
        "usual": np.column_stack([rng.uniform(-3, -1, ids), rng.uniform(0.6, 2, ids)]).astype(np.float16),
        "prior": rng.normal(0, 1, ids).astype(np.float16),
        "bias": rng.normal(0, 1, ids).astype(np.float16),
        "paragraph": np.concatenate([_paragraph(rng), _traces(np.random.default_rng(seed))], axis=1),
        "names": names.packed,
        "name_capitals": names.capitals,
        "kinds": rng.integers(-40, 41, (ids, 3)).astype(np.int8),
        **_trees(rng, trees=7, depth=3),
    }  # fmt: skip
    arrays["kinds"][:FIRST_WORD] = 0
    for name in ("embed", "out"):
        arrays[name] = rng.integers(-127, 128, (ids, WIDTH)).astype(np.int8)
        arrays[f"{name}_scale"] = rng.uniform(0.005, 0.02, ids).astype(np.float16)
    for name, n_in, n_out in (("first", inputs, HIDDEN), ("second", HIDDEN, HIDDEN), ("last", HIDDEN, WIDTH)):
        arrays[f"{name}.weight"] = rng.normal(0, 0.4, (n_out, n_in)).astype(np.float16)
        arrays[f"{name}.bias"] = rng.normal(0, 0.4, n_out).astype(np.float16)
    about = {
        "name": "small",
        "version": "1.2.3",
        "choice": {"shape": {"near": NEAR, "reach": REACH, "far_width": FAR_WIDTH}},
        "ngrams": {"seed": ngrams.seed},
        "token_features": list(NAMES),
        "paragraph_features": list(PARAGRAPH_NAMES),
        "paragraph_intercepts": [-2.2, -3.2],
        "document": {"weights": rng.normal(0, 1, len(DOCUMENT_NAMES) + 1).tolist()},
        "token": {"own": 0.9, "paragraph": 0.2, "intercept": 0.1},
        "prior_logit": -1.0,
        "modes": {mode: {"bars": _bars(bar)} for mode, bar in zip(MODES, (0.5, 0.0, -0.5), strict=True)},
    }
    return arrays, about


def _paragraph(rng: np.random.Generator) -> npt.NDArray[Any]:
    """Mean, scale and weights of what the slots say."""
    count = len(PARAGRAPH_NAMES) - len(TRACE_NAMES)
    weights = rng.normal(0, 0.3, (len(KINDS), count))
    return np.stack([rng.normal(0, 1, count), rng.uniform(0.5, 2, count), *weights])


def _traces(rng: np.random.Generator) -> npt.NDArray[Any]:
    """The same of the traces, which weigh little: how many there are changes no verdict."""
    count = len(TRACE_NAMES)
    return np.stack([np.zeros(count), np.ones(count), *rng.normal(0, 0.01, (len(KINDS), count))])


def _names(rng: np.random.Generator, ids: int) -> Names:
    """Pairs of content words that stand in names."""
    first = FIRST_WORD + len(FUNCTION_WORDS.split())
    pairs = np.unique(rng.integers((first, 0, first), (ids, len(LINKS), ids), (300, 3)), axis=0)
    return Names.of(pair_keys(*pairs.T), rng.integers(3, 5000, len(pairs)), rng.integers(0, 256, ids).astype(np.uint8))


def _bars(bar: float) -> dict[str, float]:
    bars = {
        "paragraph": bar + 0.6,
        "in_document": bar + 1.1,
        "document": bar - 0.4,
        "token": bar - 0.7,
        "suspect": bar - 3.0,
        "lone": bar,
    }
    return {**bars, "per_log_slot": -0.2}


def _trees(rng: np.random.Generator, trees: int, depth: int) -> Arrays:
    """Complete trees of random questions; some end early."""
    nodes = 2 ** (depth + 1) - 1
    inner = np.arange(nodes) < 2**depth - 1
    left = np.where(inner, 2 * np.arange(nodes) + 1, np.arange(nodes))
    right = np.where(inner, left + 1, left)
    table = np.ones((trees, 1), int)
    threshold = np.where(inner, rng.normal(0, 2, (trees, nodes)), np.inf)
    lefts, rights = left * table, right * table
    lefts[0, 1] = rights[0, 1] = 1
    threshold[0, 1] = np.inf
    return {
        "trees.feature": rng.integers(0, len(NAMES), (trees, nodes)).astype(np.int16),
        "trees.threshold": threshold.astype(np.float32),
        "trees.left": lefts.astype(np.int16),
        "trees.right": rights.astype(np.int16),
        "trees.value": rng.normal(0, 0.5, (trees, nodes)).astype(np.float32),
        "trees.depth": np.array(depth),
        "trees.start": np.array(0.2),
    }


def written(folder: Path) -> Path:
    """The folder, with the small model in it."""
    arrays, about = arrays_and_about()
    save(folder, about, arrays)
    return folder
