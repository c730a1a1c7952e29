"""From witnesses to scores: trees for tokens, a logistic model for paragraphs. Fitted with scikit-learn, run by numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.batch import sums_by_owner
from detector.exact import weighted
from detector.features import NAMES
from detector.lexicon import F32, I32
from detector.traces import TRACE_NAMES

F64 = npt.NDArray[np.float64]

#: Rows that go through the trees at once, so that a level's arrays stay in the cache.
CHUNK: Final = 256
#: A tree is spread out to all the nodes that its depth has room for.
DEEPEST: Final = 10


class Level(NamedTuple):
    """The nodes at one depth of all trees, (trees * 2**depth,): the left one of a node's children has twice its place.

    feature: number of the feature. threshold: float32, go left where the feature is not above it.
    """

    feature: npt.NDArray[np.intp]
    threshold: F32


@dataclass(frozen=True)
class Trees:
    """Gradient-boosted trees, level by level. value: float32 (trees, 2**len(levels)), of the leaves."""

    levels: tuple[Level, ...]
    value: F32
    start: float

    def logits(self, rows: F32) -> F32:
        """Logit of each row (rows,) of features (rows, features)."""
        # What is written into is made once: fresh memory would cost more than the arithmetic.
        shape = (CHUNK, len(self.value))
        nodes, places = np.empty(shape, np.intp), np.empty(shape, np.intp)
        given, bar, above = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.bool_)
        roots = np.arange(len(self.value), dtype=np.intp)
        offset = (np.arange(CHUNK, dtype=np.intp) * rows.shape[1])[:, None]
        out = np.empty(len(rows), np.float32)
        for at in range(0, len(rows), CHUNK):
            flat = rows[at : at + CHUNK].ravel()
            n = len(out[at : at + CHUNK])
            node, place, x, y, right = nodes[:n], places[:n], given[:n], bar[:n], above[:n]
            node[:] = roots
            for feature, threshold in self.levels:
                feature.take(node, out=place, mode="clip")
                place += offset[:n]
                flat.take(place, out=x, mode="clip")
                threshold.take(node, out=y, mode="clip")
                np.greater(x, y, out=right)
                node += node
                node += right
            np.sum(self.value.take(node, out=x, mode="clip"), axis=1, out=out[at : at + CHUNK])
        return out + np.float32(self.start)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Trees:
        """The trees of a model file, (trees, nodes), a leaf its own child. Raises ValueError where they are too deep."""
        feature, threshold = arrays["trees.feature"], arrays["trees.threshold"]
        left, right = arrays["trees.left"], arrays["trees.right"]
        depth = int(arrays["trees.depth"])
        if not 0 <= depth <= DEEPEST:
            raise ValueError("depth of trees")
        tree = np.arange(len(feature))[:, None]
        node = np.zeros((len(feature), 1), np.intp)
        levels = []
        for _ in range(depth):
            asked, bar = feature[tree, node].ravel(), threshold[tree, node].ravel()
            levels.append(Level(asked.astype(np.intp), bar.astype(np.float32)))
            node = np.stack([left[tree, node], right[tree, node]], axis=2).reshape(len(feature), -1).astype(np.intp)
        value = arrays["trees.value"][tree, node].astype(np.float32)
        return cls(tuple(levels), value, float(arrays["trees.start"]))


#: What is kept of each slot once its token is scored: its logit and the witnesses that paragraphs sum up.
KEPT: Final = ("gap_z", "gap", "mixture", "score", "pointwise", "fit_gap", "log_share")
_KEPT_COLUMNS: Final = [NAMES.index(name) for name in KEPT]

#: Columns of `paragraph_features`: what the slots say, and the traces beside them.
PARAGRAPH_NAMES: Final = (
    "gap_z", "gap", "mixture", "score", "pointwise", "fit_gap", "log_share", "logit", "probability",
    "highest", "second", "third", "top_5", "top_10", "top_20", "median", "ratio_light", "ratio_best", "ratio_heavy",
    "log_slots", "surprising", *TRACE_NAMES,
)  # fmt: skip

#: The column that says how many slots there are.
LOG_SLOTS: Final = PARAGRAPH_NAMES.index("log_slots")

#: Shares of swapped words that the likelihood ratios of a paragraph are computed for.
SHARES: Final = (0.05, 0.15, 0.4)


@dataclass(frozen=True)
class Evidence:
    """logits: (slots,) of the tokens; kept: (slots, len(KEPT))."""

    logits: F32
    kept: F32


def evidence(features: F32, trees: Trees) -> Evidence:
    """What paragraphs need of the slots' features (slots, len(NAMES))."""
    return Evidence(trees.logits(features), features[:, _KEPT_COLUMNS])


def _summed(found: Evidence, prior_logit: float) -> Iterator[F32]:
    """The columns (slots,) that paragraphs sum up, one at a time: of 10 MB of text they would fill the memory."""
    yield from found.kept.T
    yield found.logits
    yield np.asarray(1 / (1 + np.exp(-found.logits)), np.float32)
    yield (found.kept[:, KEPT.index("score")] < -11).astype(np.float32)
    ratio = np.exp(np.minimum(found.logits - prior_logit, 12))
    for share in SHARES:
        yield np.log1p(share * (ratio - 1))


def paragraph_features(found: Evidence, owner: I32, traces: F32, prior_logit: float) -> F32:
    """Features (owners, len(PARAGRAPH_NAMES)) of paragraphs, or of documents: they are bags of slots alike.

    owner: (slots,) ascending; traces: (owners, len(TRACE_NAMES)); prior_logit: of a token's being swapped where the
    trees were fitted, so that their output becomes a likelihood ratio.
    """
    owners = len(traces)
    count = np.bincount(owner, minlength=owners)
    n = np.maximum(count, 1).astype(np.float32)
    sums = np.column_stack([sums_by_owner(column, owner, owners) for column in _summed(found, prior_logit)])
    means = sums / n[:, None]
    k = len(KEPT)
    light, best, heavy = sums[:, k + 3], sums[:, k + 3 :].max(axis=1), sums[:, k + 5]
    ordered = found.logits[_by_owner(owner, -found.logits)]
    first = np.cumsum(count) - count

    def nth(position: npt.NDArray[np.floating]) -> F32:
        at = first + np.minimum(position, n - 1).astype(np.int64)
        return np.where(count > 0, ordered[np.minimum(at, max(len(ordered) - 1, 0))], 0) if len(ordered) else n * 0

    ranks = [nth(np.full(owners, float(r))) for r in range(3)] + [nth(n * q) for q in (0.05, 0.1, 0.2, 0.5)]
    tail = [light / np.sqrt(n), best / np.sqrt(n), heavy / n, np.log(n), means[:, k + 2]]
    return np.column_stack([means[:, : k + 2], *ranks, *tail, traces]).astype(np.float32)


def _by_owner(owner: I32, values: F32) -> npt.NDArray[np.intp]:
    """The order (n,) by owner, and by value among those of one owner."""
    lowest, highest = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return np.argsort(owner * (float(highest) - float(lowest) + 1) + values, kind="stable")


#: What a text may have been through, in the order of the rows of ParagraphModel.weights.
KINDS: Final = ("spun", "machine_translated")


@dataclass(frozen=True)
class ParagraphModel:
    """A multinomial logistic model on standardised features: mean, scale (features,); weights (len(KINDS), features)
    and intercepts (len(KINDS),) of each kind against clean text.

    Calibrated: the logistic function of its logit is the probability that a text is reworded where half of all are.
    """

    mean: F32
    scale: F32
    weights: F32
    intercepts: F64

    LIMIT = 5.0

    def kinds(self, features: F32) -> F64:
        """Logits (n, len(KINDS)) of each kind against clean text, given features (n, len(PARAGRAPH_NAMES))."""
        rows = np.clip((features - self.mean) / self.scale, -self.LIMIT, self.LIMIT).astype(np.float64)
        return np.column_stack([weighted(rows, own) for own in self.weights.astype(np.float64)]) + self.intercepts

    def logits(self, features: F32) -> F64:
        """Logit (n,) of each row's being of any kind but clean."""
        return either(self.kinds(features))


def either(kinds: F64) -> F64:
    """Logit (n,) of being of one of the kinds, whose logits against none of them are (n, len(KINDS))."""
    return np.asarray(np.logaddexp.reduce(kinds, axis=1))


def shares(kinds: F64) -> F64:
    """How the probability of being of one of the kinds is divided among them: (n, len(KINDS)), rows adding up to 1."""
    return np.asarray(np.exp(kinds - either(kinds)[:, None]))


#: What a document of several paragraphs is judged by: its bag of slots, and its paragraphs' logits.
DOCUMENT_NAMES: Final = ("bag", "mean", "highest", "second", "soft_maximum", "log_paragraphs")


def document_features(bag: F64, paragraph_logits: F64, owner: I32) -> F64:
    """Features (documents, len(DOCUMENT_NAMES)): bag (documents,) logit of all slots together; paragraph_logits and
    owner (paragraphs,), ascending, every document with at least one."""
    count = np.bincount(owner, minlength=len(bag))
    first = np.cumsum(count) - count
    clipped = np.clip(paragraph_logits, -8, 8)
    mean = np.add.reduceat(clipped, first) / count
    ordered = clipped[np.lexsort((-clipped, owner))]
    soft = np.log(np.add.reduceat(np.exp(clipped), first) / count)
    second = ordered[first + np.minimum(1, count - 1)]
    return np.column_stack([np.clip(bag, -8, 8), mean, ordered[first], second, soft, np.log(count)])


#: What each kind of debris that a document of several paragraphs has adds to its log-odds: one careless mark happens,
#: four kinds of them speak for a pipeline.
DEBRIS_IN_DOCUMENT: Final = 0.4


@dataclass(frozen=True)
class DocumentModel:
    """Logistic weights over DOCUMENT_NAMES and an intercept, last: (7,). For documents of several scored paragraphs:
    where there is one, its document is the paragraph."""

    weights: F64

    def logits(self, features: F64) -> F64:
        """Logit (documents,) of features (documents, len(DOCUMENT_NAMES))."""
        return np.asarray(weighted(features, self.weights[:-1]) + self.weights[-1])


def in_document(own: F64, document: F64) -> F64:
    """Logit (paragraphs,) of paragraphs, given their own logits and those of the documents they stand in: a paragraph is
    reworded if its document was and it is one of those that were, half of a reworded document's."""
    own, document = np.clip(own, -30, 30), np.clip(document, -30, 30)
    return np.asarray(-np.log(np.exp(-own) + np.exp(-document) + np.exp(-own - document)))


@dataclass(frozen=True)
class TokenModel:
    """How odd a token is, given its own logit and its paragraph's: weights of both and an intercept."""

    own: float
    paragraph: float
    intercept: float

    LIMIT = 6.0

    def logits(self, tokens: F32, paragraphs: F64) -> F64:
        """Logit (tokens,) of each token, given the logit of the paragraph it stands in (tokens,)."""
        inside = np.clip(paragraphs, -self.LIMIT, self.LIMIT)
        return np.asarray(self.own * tokens.astype(np.float64) + self.paragraph * inside + self.intercept)


def probability(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
