"""What else could have found spun text: the published methods and simple ideas, in the harness that Unspun is measured in.

Every competitor learns from the same pairs, sets its threshold on the same held-out ones and is measured on the same
cell of texts, spun by families that it has not seen. What takes the time is computed once for all texts (`features`),
what is learnt once for every fold (`fit`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from detector.batch import Batch, make_batch, sums_by_owner
from detector.choice import ChoiceModel
from detector.classifier import F64
from detector.evaluation.metrics import auc, best_threshold, class_weights, tpr_at_fpr, weighted_f1
from detector.evaluation.pairs import Pair, clean, shuffled
from detector.features import NAMES, slot_features
from detector.lexicon import F32, I32, Lexicon, normalise
from detector.results import Json
from detector.text import TOKEN
from detector.training.families.family import DataMissing
from detector.training.families.tortured import read_list

#: Features (texts, n), of which rows can be taken: a numpy array or a sparse matrix of scipy's.
Matrix = Any
Bools = npt.NDArray[np.bool_]
#: From features to a score (texts,), higher for likelier spun.
Scores = Callable[[Matrix], F64]

#: Pairs that a competitor learns from and that its threshold is set on, half of them clean.
FIT, CALIBRATE = 12_000, 6_000
#: How a competitor that is too slow for all texts divides its sample: fit, calibrate, clean and spun texts of the cell.
SHARES: Final = (0.3, 0.2, 0.25, 0.25)
TEXTS_PER_BATCH: Final = 64


class Competitor(Protocol):
    """Another way to tell spun text from clean."""

    @property
    def name(self) -> str:
        """Short name, as reports spell it."""
        ...

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def source(self) -> str:
        """Where it was published."""
        ...

    @property
    def sample(self) -> int | None:
        """Number of texts that it can afford in all; None for as many as there are."""
        ...

    def features(self, texts: Sequence[str]) -> Matrix:
        """A row for each text, whatever it is fitted on later. Raises DataMissing where a package is not installed."""
        ...

    def fit(self, features: Matrix, spun: Bools) -> Scores:
        """Learn from the rows of clean and spun texts (n,)."""
        ...


class TfIdf:
    """Words and pairs of words, weighed by how rare they are, in a logistic model."""

    name = "tfidf"
    title = "tf-idf + logistic regression"
    source = "Salton and Buckley 1988"
    sample = None

    def features(self, texts: Sequence[str]) -> Matrix:
        """Counts (texts, 2**18); hashed, so that no text has a say in the columns of another."""
        return HashingVectorizer(ngram_range=(1, 2), n_features=2**18, norm=None, alternate_sign=False).transform(texts)

    def fit(self, features: Matrix, spun: Bools) -> Scores:
        """The document frequencies come from the rows it learns from."""
        weigh = TfidfTransformer(sublinear_tf=True).fit(features)
        model = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0)
        model.fit(weigh.transform(features), spun)
        return lambda rows: np.asarray(model.decision_function(weigh.transform(rows)))


class GloveSvm:
    """The mean of a text's word vectors in a support vector machine with a Gaussian kernel."""

    name = "glove_svm"
    title = "mean GloVe vector + SVM"
    source = "Foltýnek et al. 2020; Wahle et al. 2022"
    sample = None

    #: Rows it learns from at most: its time grows with their square.
    ROWS: Final = 8000
    #: Rows scored at once.
    CHUNK: Final = 1000

    def __init__(self, lexicon: Lexicon, vectors: F32) -> None:
        """vectors: (ids, d) by token id. Raises ValueError where they are of another vocabulary."""
        if len(vectors) != len(lexicon.log_share):
            raise ValueError(f"vectors of {len(vectors)} ids for a vocabulary of {len(lexicon.log_share)}")
        self._lexicon, self._vectors = lexicon, vectors
        self._known = np.any(vectors != 0, axis=1)

    def features(self, texts: Sequence[str]) -> F64:
        """(texts, d); zero where no word has a vector."""
        return _stacked(texts, self._lexicon, self._means)

    def fit(self, features: F64, spun: Bools) -> Scores:
        """Standardised features, classes weighed equally."""
        rows = np.random.default_rng(0).permutation(len(features))[: self.ROWS]
        scale = StandardScaler().fit(features[rows])
        gamma = 1 / features.shape[1]
        machine = SVC(gamma=gamma, class_weight="balanced", cache_size=500)
        machine.fit(scale.transform(features[rows]), spun[rows])

        def scores(rows: F64) -> F64:
            # The machine's own function, as matrix products: five times as fast.
            parts = np.split(scale.transform(rows), range(self.CHUNK, len(rows), self.CHUNK))
            kernels = (rbf_kernel(part, machine.support_vectors_, gamma) for part in parts)
            sums = [kernel @ machine.dual_coef_[0] for kernel in kernels]
            return np.asarray(np.concatenate(sums) + machine.intercept_[0])

        return scores

    def _means(self, batch: Batch) -> F64:
        words = np.flatnonzero(self._known[batch.ids])
        owner = np.searchsorted(batch.bounds[:, 0], words, side="right").astype(np.int32) - 1
        count = np.bincount(owner, minlength=len(batch.bounds))
        sums = sums_by_owner(self._vectors[batch.ids[words]], owner, len(batch.bounds))
        return np.asarray(sums / np.maximum(count, 1)[:, None], np.float64)


class _SingleFeature:
    """A competitor whose one feature is its score: nothing is learnt but the threshold."""

    sample = None

    def fit(self, features: F64, spun: Bools) -> Scores:
        """Nothing to do."""
        return lambda rows: rows[:, 0]


class FrequencyGap(_SingleFeature):
    """How much more frequent the rare words' most frequent substitutes are, in nats per content word.

    Mozes et al. replace rare words by frequent synonyms and see whether a classifier changes its mind; here the
    frequencies speak for themselves.
    """

    name = "fgws"
    title = "frequency gap"
    source = "Mozes et al. 2021 (FGWS)"

    #: Share of all words below which a word is rare; chosen on the `calibrate` pairs, where it matters little.
    RARE: Final = 3e-5

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        share = lexicon.log_share
        listed = np.where(lexicon.candidates > 0, share[lexicon.candidates], -np.inf).max(axis=1)
        #: (ids,), 0 for what is frequent or has no substitutes.
        self._gap = np.where(share < np.log(self.RARE), np.maximum(listed - share, 0), 0).astype(np.float64)

    def features(self, texts: Sequence[str]) -> F64:
        """(texts, 1)."""
        return _stacked(texts, self._lexicon, self._gaps)

    def _gaps(self, batch: Batch) -> F64:
        owners = len(batch.bounds)
        total = np.bincount(batch.owner, self._gap[batch.ids[batch.slots]], owners)
        return (total / np.maximum(np.bincount(batch.owner, minlength=owners), 1))[:, None]


class TorturedPhrases(_SingleFeature):
    """How many phrases a text has of the list of the Problematic Paper Screener."""

    name = "tortured"
    title = "tortured-phrase list"
    source = "Cabanac et al. 2021, arXiv:2107.06751"

    def __init__(self, path: Path) -> None:
        """path: the list, tab-separated, as `detector.training.families.tortured` reads it."""
        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for _, phrase, _ in read_list(path):
            tokens = _tokens(phrase)
            found[tokens[0]].add(tokens)
        self._phrases = {first: tuple(phrases) for first, phrases in found.items()}

    def features(self, texts: Sequence[str]) -> F64:
        """(texts, 1)."""
        return np.array([self.count(text) for text in texts], np.float64)[:, None]

    def count(self, text: str) -> int:
        """Places where a listed phrase stands, whole words in any letter case."""
        tokens = _tokens(text)
        return sum(
            tokens[at : at + len(phrase)] == phrase
            for at, first in enumerate(tokens)
            for phrase in self._phrases.get(first, ())
        )


class Untrained(_SingleFeature):
    """The lexical choice model alone, which never saw a spun text: the floor for everything learnt."""

    name = "choice"
    title = "choice model, untrained score"
    source = "Unspun, without its classifiers"

    def __init__(self, lexicon: Lexicon, choice: ChoiceModel) -> None:
        self._lexicon, self._choice = lexicon, choice

    def features(self, texts: Sequence[str]) -> F64:
        """(texts, 1)."""
        return _stacked(texts, self._lexicon, self._oddness)

    def _oddness(self, batch: Batch) -> F64:
        gap_z = slot_features(batch, self._lexicon, self._choice).features[:, NAMES.index("gap_z")]
        return untrained(gap_z, batch.owner, len(batch.bounds))[:, None]


def untrained(gap_z: F32, owner: I32, owners: int) -> F64:
    """The untrained score (owners,) of paragraphs, higher for odder ones, 0 without slots.

    gap_z: (slots,), log P(word | it and its candidates) less the word's own mean, over its standard deviation; their
    negative sum over the root of their number. owner: (slots,) paragraph of each.
    """
    total = np.bincount(owner, gap_z, owners)
    return -total / np.sqrt(np.maximum(np.bincount(owner, minlength=owners), 1))


class Material(NamedTuple):
    """What competitors learn from and are measured on.

    fit, calibrate: pairs of these subsets; roughened clean ones are passed over. clean: the texts of a cell as they
    were written; spun: the same cell as each family and each outsider rewrote it.
    """

    fit: Sequence[Pair]
    calibrate: Sequence[Pair]
    clean: Sequence[str]
    spun: Mapping[str, Sequence[str]]


def evaluate_competitors(
    competitors: Iterable[Competitor], material: Material, folds: Mapping[str, Collection[str]]
) -> Json:
    """Each competitor's row of the table, by name.

    folds: for each training family the families that are left out of its fold. Names in `material.spun` that have no
    fold are outsiders and measured after training on all families. Of the pairs, FIT and CALIBRATE are drawn, or the
    competitor's sample of everything: see `drawn`. Without the language model all take two minutes on one core.
    A competitor whose package is not installed has the reason under `missing` and no figures.
    """
    return {competitor.name: _row(competitor, drawn(material, competitor.sample), folds) for competitor in competitors}


def drawn(material: Material, sample: int | None = None) -> Material:
    """The texts that a competitor gets, the same in every run.

    Of the pairs FIT and CALIBRATE, and the whole cell; or `sample` texts in all, divided by SHARES. Half of the pairs
    are clean, the others spun by all families in turn, and so are the spun texts of a sampled cell.
    """
    cell = {name: texts for name, texts in material.spun.items() if texts}
    if sample is None:
        fit, calibrate = _half_clean(material.fit, FIT), _half_clean(material.calibrate, CALIBRATE)
        return Material(fit, calibrate, material.clean, cell)
    fits, calibrates, written, spun = (int(sample * share) for share in SHARES)
    each = spun // max(1, len(cell))
    return Material(
        _half_clean(material.fit, fits),
        _half_clean(material.calibrate, calibrates),
        sorted(material.clean, key=shuffled)[:written],
        {name: sorted(texts, key=shuffled)[:each] for name, texts in cell.items()},
    )


def cell_figures(threshold: float, written: F64, spun: F64) -> Json:
    """F1 at the threshold, both classes weighed equally, recall at 1 % false positives, and AUC of a cell's scores."""
    labels = [0] * len(written) + [1] * len(spun)
    scores = np.concatenate([written, spun])
    return {
        "f1": weighted_f1(labels, scores >= threshold, class_weights(labels)),
        "tpr1": tpr_at_fpr(labels, scores.tolist(), 0.01),
        "auc": auc(labels, scores.tolist()),
    }


def summary(cells: Mapping[str, Json], training: Collection[str]) -> Json:
    """Means over the training families, each left out, and over the outsiders; the cells under `families`."""
    seen = [cell for name, cell in cells.items() if name in training]
    unseen = [cell for name, cell in cells.items() if name not in training]
    return {
        **{f"lofo_mean_{key}": _mean(seen, key) for key in ("f1", "tpr1", "auc")},
        "lofo_worst_f1": min((cell["f1"] for cell in seen), default=np.nan),
        **{f"unseen_mean_{key}": _mean(unseen, key) for key in ("f1", "tpr1", "auc")},
        "families": dict(cells),
    }


def _row(competitor: Competitor, material: Material, folds: Mapping[str, Collection[str]]) -> Json:
    texts = sum(map(len, (material.fit, material.calibrate, material.clean, *material.spun.values())))
    about: Json = {
        "title": competitor.title,
        "source": competitor.source,
        "sample": None if competitor.sample is None else texts,
    }
    try:
        return {**about, "missing": None, **summary(_cells(competitor, material, folds), folds)}
    except DataMissing as reason:
        return {**about, "missing": str(reason), **summary({}, folds)}


def _cells(competitor: Competitor, material: Material, folds: Mapping[str, Collection[str]]) -> dict[str, Json]:
    """The figures of every family and outsider of the cell."""
    groups = [
        [pair.text for pair in material.fit],
        [pair.text for pair in material.calibrate],
        material.clean,
        *material.spun.values(),
    ]
    features = competitor.features([text for group in groups for text in group])
    ends = np.cumsum([len(group) for group in groups])
    fit, calibrate, written, *spun = (features[end - len(group) : end] for group, end in zip(groups, ends, strict=True))
    rows_of = dict(zip(material.spun, spun, strict=True))
    cells: dict[str, Json] = {}
    for left_out, names in _fits(material.spun, folds):
        kept = _kept(material.fit, left_out)
        score = competitor.fit(fit[kept], _spun(material.fit)[kept])
        kept = _kept(material.calibrate, left_out)
        labels = _spun(material.calibrate)[kept].astype(int).tolist()
        threshold = best_threshold(labels, score(calibrate[kept]), class_weights(labels))
        honest = score(written)
        cells |= {name: cell_figures(threshold, honest, score(rows_of[name])) for name in names}
    return dict(sorted(cells.items()))


def _fits(names: Iterable[str], folds: Mapping[str, Collection[str]]) -> Iterator[tuple[frozenset[str], list[str]]]:
    """Families to leave out, and those that are measured so: outsiders, and folds that leave out the same, share."""
    shared: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in names:
        shared[frozenset({name, *folds[name]}) if name in folds else frozenset()].append(name)
    yield from shared.items()


def _kept(pairs: Sequence[Pair], left_out: Collection[str]) -> Bools:
    return np.array([pair.family not in left_out for pair in pairs], np.bool_)


def _spun(pairs: Sequence[Pair]) -> Bools:
    return np.array([pair.family is not None for pair in pairs], np.bool_)


def _half_clean(pairs: Sequence[Pair], n: int) -> list[Pair]:
    """Up to n / 2 clean pairs, and as many spun ones, the families taking turns."""
    by_family: dict[str, list[Pair]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: (shuffled(pair.id), pair.id)):
        if pair.family is not None:
            by_family[pair.family].append(pair)
    turns = [(turn, name, pair) for name, part in by_family.items() for turn, pair in enumerate(part)]
    spun = [pair for _, _, pair in sorted(turns, key=lambda one: one[:2])]
    honest = sorted(clean(pairs), key=lambda pair: (shuffled(pair.id), pair.id))
    return honest[: n // 2] + spun[: n // 2]


def _stacked(texts: Sequence[str], lexicon: Lexicon, rows: Callable[[Batch], F64]) -> F64:
    """What `rows` makes of the texts, a batch at a time."""
    batches = (texts[at : at + TEXTS_PER_BATCH] for at in range(0, len(texts), TEXTS_PER_BATCH))
    return np.concatenate([rows(make_batch([(text, 0, len(text)) for text in batch], lexicon)) for batch in batches])


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(normalise(token) for token in TOKEN.findall(text))


def _mean(cells: Sequence[Json], key: str) -> float:
    return float(np.mean([cell[key] for cell in cells])) if cells else np.nan
