"""Fit the classifiers on the pairs of the held-out documents, and set the modes' thresholds on their clean text.

Subsets `fit` and `honest` train the token trees, these and `calibrate` the paragraph model; the thresholds are set on
`fit` and `calibrate`; `test` is left to evaluation. (So few, so small trees hardly know the texts they grew on, and
rare registers need every paragraph: the rate that a threshold was set at is a little lower than the one on new text,
which evaluation measures.)
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, QuantileRegressor

from detector.batch import PADDING, Batch, make_batch
from detector.choice import ChoiceModel
from detector.classifier import (
    F64,
    KINDS,
    LOG_SLOTS,
    PARAGRAPH_NAMES,
    DocumentModel,
    Evidence,
    ParagraphModel,
    TokenModel,
    Trees,
    document_features,
    evidence,
    in_document,
    paragraph_features,
)
from detector.features import NAMES, Slots, slot_features
from detector.lexicon import BOUNDARY, F32, I32, Lexicon
from detector.prose import census
from detector.rules.find import in_batch, in_texts
from detector.rules.names import Names as NameTable
from detector.rules.rule import Hit
from detector.traces import TRACE_NAMES, rule_traces, token_traces
from detector.training.pairs import HONEST
from detector.training.translated import POST_EDITED

#: Nominal false-positive rate of each mode, among clean paragraphs.
NOMINAL: Final = {"strict": 0.002, "balanced": 0.01, "sensitive": 0.04}
#: From which score on a paragraph's odd words are shown: those of an honest one are its writer's own, but for the oddest.
SUSPECT: Final = {"strict": 0.9, "balanced": 0.8, "sensitive": 0.6}
#: Share of the words of clean text that odd words cover in each mode, in suspect paragraphs and elsewhere; real pages,
#: verse among them, come to about twice that. Chosen on the development pages.
COVERED: Final = {"strict": 0.0004, "balanced": 0.0011, "sensitive": 0.0033}
COVERED_ELSEWHERE: Final = {"strict": 0.0002, "balanced": 0.0005, "sensitive": 0.001}
#: A register with this many clean paragraphs has a say in the thresholds.
REGISTER_PARAGRAPHS: Final = 150
#: How often a word's prior is computed without the family that it is an example of.
PRIOR_WITHOUT_OWN_FAMILY: Final = 0.8
TEXTS_PER_BATCH: Final = 64
#: Share of the tokens of prose that are words.
WORD_TOKENS: Final = 0.86
#: How the names of the families begin that translate whole texts.
TRANSLATORS: Final = ("translated", "postedit")
#: The logit of a kind that there is no training text of.
NEVER: Final = -30.0
#: What clean text, spun text and translations weigh.
SHARES_OF_KINDS: Final = (0.5, 0.35, 0.15)
#: Traces are shrunk so much more than what the slots say: they differ from register to register more than from clean text
#: to spun. Measured on tools that nothing was fitted on, and on honest registers.
TRUST_IN_TRACES: Final = 0.03
#: ... but for these.
TRUSTED: Final = ("unknown", "old")
#: What a unit of these traces adds to the log-odds of either kind: of a misspelt word, which speaks for a person; of a nat
#: of phrases' weights, of a slip, of an altered name, of a word left untranslated, of a mark of a careless pipeline
#: (`( CSE )`, `1, 400`; PDFs and scanners leave those too). By hand, and less than the hits in clean text would allow;
#: chosen so that no honest register that was looked at has more than 2 % flagged. The bars are set with them.
WORTH: Final = {
    "misspelt": -0.8, "phrases": 0.7, "slips": 0.5, "altered": 1.5, "untranslated": 1.0, "debris": 0.6,
}  # fmt: skip


class Blind(NamedTuple):
    """Witnesses to do without, for measuring what they bring: columns of the slots' features, of NAMES, and of the
    traces, of TRACE_NAMES."""

    slots: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()


#: Blind to nothing.
SEEING: Final = Blind()


@dataclass(frozen=True)
class Examples:
    """The slots of all pairs: features (slots, len(NAMES)), label 1 swapped, 0 as written, -1 neither; the text each
    stands in, ascending; its word. texts: the records without their text. traces: (texts, len(TRACE_NAMES)). tokens:
    (texts,)."""

    features: F32
    label: npt.NDArray[np.int8]
    text_of: I32
    word: I32
    texts: list[dict[str, Any]]
    traces: F32
    tokens: I32

    def family(self) -> npt.NDArray[np.str_]:
        return np.array([t["family"] or "" for t in self.texts])

    def column(self, name: str) -> npt.NDArray[np.str_]:
        return np.array([str(t[name]) for t in self.texts])


def read_records(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The records of files of pairs."""
    records: list[dict[str, Any]] = []
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            records += map(json.loads, lines)
    return records


def extract(records: Sequence[Mapping[str, Any]], lexicon: Lexicon, choice: ChoiceModel, known: NameTable) -> Examples:
    """Features and labels of texts: each record has text, changes, family, noise, register, subset and group."""
    features, labels, owners, words, traces, tokens = [], [], [], [], [], []
    began = time.monotonic()
    for at in range(0, len(records), TEXTS_PER_BATCH):
        chunk = records[at : at + TEXTS_PER_BATCH]
        batch = make_batch([(r["text"], 0, len(r["text"])) for r in chunk], lexicon)
        slots = slot_features(batch, lexicon, choice)
        features.append(slots.features)
        labels.append(_labels(batch, chunk))
        owners.append(batch.owner + at)
        words.append(batch.ids[batch.slots])
        traces.append(_traces(batch, slots, [r["text"] for r in chunk], lexicon, choice, known))
        tokens += [b - a for a, b in batch.bounds]
        if at // TEXTS_PER_BATCH % 100 == 99:
            print(f"  {at + len(chunk)} texts, {(at + len(chunk)) / (time.monotonic() - began):.0f}/s", file=sys.stderr)
    texts = [{k: v for k, v in r.items() if k not in ("text", "changes")} for r in records]
    return Examples(
        np.concatenate(features), np.concatenate(labels), np.concatenate(owners), np.concatenate(words), texts,
        np.concatenate(traces), np.array(tokens, np.int32),
    )  # fmt: skip


def _traces(
    batch: Batch, slots: Slots, texts: Sequence[str], lexicon: Lexicon, choice: ChoiceModel, known: NameTable
) -> F32:
    """Traces (texts, len(TRACE_NAMES)) of texts of one paragraph each."""
    unknown = [made_of.unknown_share for made_of in census(batch.ids, batch.bounds, lexicon)]
    hits: list[list[Hit]] = [[] for _ in texts]
    for placed in in_batch(batch, slots, range(len(texts)), texts, lexicon, choice):
        hits[placed.paragraph].append(placed.hit)
    for number, placed in in_texts(texts, [[(0, len(text))] for text in texts], lexicon, known):
        hits[number].append(placed.hit)
    return np.concatenate([token_traces(batch, texts, lexicon, unknown), rule_traces(hits)], axis=1)


def _labels(batch: Batch, records: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.int8]:
    """1 where a slot's word was swapped in, -1 where a longer change holds a word of the original."""
    starts, ends = batch.starts[batch.slots], batch.ends[batch.slots]
    out = np.zeros(len(starts), np.int8)
    for number, record in enumerate(records):
        if not record["changes"]:
            continue
        first = np.array([c[0] for c in record["changes"]])
        last = np.array([c[1] for c in record["changes"]])
        mine = np.flatnonzero(batch.owner == number)
        change = np.searchsorted(first, starts[mine], side="right") - 1
        inside = (change >= 0) & (starts[mine] < last[np.maximum(change, 0)])
        for slot, which in zip(mine[inside].tolist(), change[inside].tolist(), strict=True):
            word = record["text"][starts[slot] : ends[slot]].lower()
            out[slot] = -1 if word in record["changes"][which][2].lower().split() else 1
    return out


def usual_gaps(stream: npt.NDArray[np.int32], lexicon: Lexicon, choice: ChoiceModel, draws: int, seed: int = 0) -> F32:
    """Mean and standard deviation (ids, 2) of each word's choice score on clean text; few sightings lean on words
    of the same frequency."""
    rng = np.random.default_rng(seed)
    ids_count = len(lexicon.log_share)
    sums = np.zeros((3, ids_count))
    padding = np.zeros(PADDING, np.int32)
    for _ in range(draws):
        pieces, bounds, at = [padding], [], PADDING
        for start in rng.integers(0, len(stream) - 400, 100):
            for piece in np.split(stream[start : start + 300], np.flatnonzero(stream[start : start + 300] == BOUNDARY)):
                tokens = piece[piece != BOUNDARY]
                if len(tokens) >= 20:
                    bounds.append((at, at + len(tokens)))
                    pieces += [tokens.astype(np.int32), padding]
                    at += len(tokens) + PADDING
        ids = np.concatenate(pieces)
        slots = np.flatnonzero(lexicon.is_content[ids]).astype(np.int32)
        words = ids[slots]
        contexts = choice.contexts(ids, lexicon.is_content[ids], np.array(bounds, np.int32), slots)
        listed = np.concatenate([words[:, None], lexicon.candidates[words]], axis=1)
        scores = choice.scores(contexts, listed)
        scores[listed == 0] = -np.inf
        peak = scores.max(axis=1)
        gap = np.maximum(scores[:, 0] - peak - np.log(np.exp(scores - peak[:, None]).sum(axis=1)), -15)
        for row, weights in zip(sums, (None, gap, gap * gap), strict=True):
            row += np.bincount(words, weights, ids_count)
    rarity = np.clip((lexicon.log_share + 18) * 2, 0, 40).astype(np.int64)
    pooled = np.stack([np.bincount(rarity, row, 41) for row in sums])
    pooled = np.where(pooled[0] > 200, pooled, sums.sum(axis=1, keepdims=True))[:, rarity]
    alike = 15.0
    count, total, squares = sums + alike * pooled / pooled[0]
    mean = total / count
    return np.stack([mean, np.sqrt(np.maximum(squares / count - mean**2, 0.3))], axis=1).astype(np.float32)


def family_priors(examples: Examples, log_share: F32, families: Sequence[str]) -> dict[str, F32]:
    """log P(word | swapped in) - log P(word), (ids,), over all families ("") and without each (its name)."""
    family, subset = examples.family(), examples.column("subset")
    share = np.exp(log_share.astype(np.float64))
    fit = (examples.label == 1) & (subset == "fit")[examples.text_of]
    counts = {
        name: np.bincount(examples.word[fit & (family == name)[examples.text_of]], minlength=len(share))
        for name in families
    }
    total = np.sum(list(counts.values()), axis=0)

    def prior(count: npt.NDArray[np.int64]) -> F32:
        smoothing = 30.0
        ratio = (count + smoothing * share) / (count.sum() + smoothing) / np.maximum(share, 1e-9)
        clipped: F32 = np.clip(np.log(np.maximum(ratio, 1e-9)), -3, 4).astype(np.float32)
        return clipped

    return {"": prior(total), **{name: prior(total - counts[name]) for name in families}}


def with_priors(examples: Examples, priors: dict[str, F32], seed: int = 0) -> F32:
    """The features, most texts' prior computed without the family that spun them (clean ones: without any one)."""
    rng = np.random.default_rng(seed)
    names = [name for name in priors if name]
    family = examples.family()
    left_out = np.where(np.isin(family, names), family, rng.choice(names, len(family)))
    left_out = np.where(rng.random(len(family)) < PRIOR_WITHOUT_OWN_FAMILY, left_out, "")
    features = examples.features.copy()
    column = NAMES.index("prior")
    for name, prior in priors.items():
        rows = (left_out == name)[examples.text_of]
        features[rows, column] = prior[examples.word[rows]]
    return features


def fit_trees(features: F32, label: npt.NDArray[np.int8]) -> tuple[dict[str, npt.NDArray[Any]], float]:
    """Token trees as the arrays of a model file, and the logit of the share of swapped tokens."""
    model = HistGradientBoostingClassifier(
        max_iter=90, learning_rate=0.12, max_depth=5, max_leaf_nodes=24, min_samples_leaf=150, l2_regularization=1.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(features, label)
    share = float(np.mean(label))
    return trees_of(model), float(np.log(share / (1 - share)))


def trees_of(model: HistGradientBoostingClassifier) -> dict[str, npt.NDArray[Any]]:
    """scikit-learn's trees as plain arrays; a leaf is its own child."""
    trees = [round_[0].nodes for round_ in model._predictors]
    width = max(map(len, trees))
    arrays: dict[str, npt.NDArray[Any]] = {
        "trees.feature": np.zeros((len(trees), width), np.int16),
        "trees.threshold": np.full((len(trees), width), np.inf, np.float32),
        "trees.left": np.zeros((len(trees), width), np.int16),
        "trees.right": np.zeros((len(trees), width), np.int16),
        "trees.value": np.zeros((len(trees), width), np.float32),
        "trees.depth": np.array(max(int(nodes["depth"].max()) for nodes in trees)),
        "trees.start": np.array(float(np.ravel(model._baseline_prediction)[0])),
    }
    for i, nodes in enumerate(trees):
        n, leaf, here = len(nodes), nodes["is_leaf"].astype(bool), np.arange(len(nodes))
        arrays["trees.feature"][i, :n] = np.where(leaf, 0, nodes["feature_idx"])
        arrays["trees.threshold"][i, :n] = np.where(leaf, np.inf, nodes["num_threshold"])
        arrays["trees.left"][i, :n] = np.where(leaf, here, nodes["left"])
        arrays["trees.right"][i, :n] = np.where(leaf, here, nodes["right"])
        arrays["trees.value"][i, :n] = np.where(leaf, nodes["value"], 0)
    return arrays


@dataclass(frozen=True)
class Bags:
    """Texts, and behind them whole documents, as rows: features, what they have been through (0: nothing, k: KINDS[k - 1]),
    register; document: several texts; noise: roughened on purpose; counted: of documents that the lexicon and the choice
    model have seen."""

    features: F32
    kind: npt.NDArray[np.int8]
    register: npt.NDArray[np.str_]
    document: npt.NDArray[np.bool_]
    noise: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    members: list[list[int]]  # the texts of each row, as numbers of rows of one text

    @property
    def spun(self) -> npt.NDArray[np.bool_]:
        """Whether a row is of either kind."""
        return np.asarray(self.kind > 0)


def bags(examples: Examples, seen: Evidence, subsets: Sequence[str], prior_logit: float, seed: int = 0) -> Bags:
    """Every text of the subsets alone, and documents put together from their clean and their spun paragraphs."""
    rng = np.random.default_rng(seed)
    inside = np.isin(examples.column("subset"), subsets)
    first = np.searchsorted(examples.text_of, np.arange(len(inside) + 1))
    members: list[list[int]] = [[i] for i in np.flatnonzero(inside).tolist()]
    kind = [kind_of(examples.texts[m[0]]["family"]) for m in members]
    by_document: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (i,) in list(members):
        text = examples.texts[i]
        if text["noise"] is None or text["family"]:
            by_document[text["group"]][text["family"] or ""].append(i)
    for versions in by_document.values():
        clean = versions.get("", [])
        if len(clean) < 2:
            continue
        for name, texts in versions.items():
            if not name:
                members.append(clean)
                kind.append(0)
                continue
            share = rng.uniform(0.4, 1.0)
            kept = [t for t in texts if rng.random() < share] or texts[:1]
            rest = clean[: max(0, len(clean) - len(kept))]
            members.append(kept + rest)
            kind.append(kind_of(name))
    order = [np.arange(first[i], first[i + 1]) for m in members for i in m]
    sizes = [sum(first[i + 1] - first[i] for i in m) for m in members]
    rows = np.concatenate(order)
    owner = np.repeat(np.arange(len(members)), sizes).astype(np.int32)
    weight = [examples.tokens[m] for m in members]
    traces = np.array([np.average(examples.traces[m], 0, w) for m, w in zip(members, weight, strict=True)], np.float32)
    features = paragraph_features(Evidence(seen.logits[rows], seen.kept[rows]), owner, traces, prior_logit)
    register = examples.column("register")[[m[0] for m in members]]
    several = np.array([len(m) > 1 for m in members])
    noise = np.array([examples.texts[m[0]]["noise"] is not None for m in members])
    counted = (examples.column("subset") == HONEST)[[m[0] for m in members]]
    row_of = {m[0]: row for row, m in enumerate(members) if len(m) == 1}
    apart = [[row_of[i] for i in m] for m in members]
    return Bags(features, np.array(kind, np.int8), register, several, noise, counted, apart)


def kind_of(family: str | None) -> int:
    """What a family does to a text: 0 nothing, 1 it swaps words, 2 it translates all of it."""
    if not family:
        return 0
    return 1 + KINDS.index("machine_translated" if family.startswith(TRANSLATORS) else "spun")


def fit_paragraphs(rows: Bags) -> ParagraphModel:
    """The multinomial model; clean text weighs as much as both kinds together, of each class each register by the root
    of its size. What the rules found is weighed by hand: no training text has been through a real tool's pipeline."""
    by_hand = [PARAGRAPH_NAMES.index(name) for name in WORTH]
    mean, scale = rows.features.mean(axis=0), rows.features.std(axis=0) + 1e-6
    mean[by_hand], scale[by_hand] = 0, 2  # no weight of phrases is cut off
    weight = np.ones(len(rows.kind))
    for register in np.unique(rows.register):
        mine = rows.register == register
        weight[mine] = 1 / np.sqrt(mine.sum())
    weight[rows.document] *= 0.5
    for kind, share in enumerate(SHARES_OF_KINDS):
        weight[rows.kind == kind] *= share / max(weight[rows.kind == kind].sum(), 1e-9)
    x = np.clip((rows.features - mean) / scale, -ParagraphModel.LIMIT, ParagraphModel.LIMIT)
    shrunk = np.isin(PARAGRAPH_NAMES, TRACE_NAMES) & ~np.isin(PARAGRAPH_NAMES, TRUSTED)
    trust = np.where(shrunk, TRUST_IN_TRACES, 1.0)
    trust[by_hand] = 0
    model = LogisticRegression(C=0.3, solver="newton-cholesky").fit(x * trust, rows.kind, weight * len(weight))
    weights = np.zeros((len(KINDS), len(mean)), np.float32)
    intercepts = np.full(len(KINDS), NEVER)  # of a kind that there are no examples of
    told = model.classes_[1:] - 1
    # Of two classes there is one row, which tells them apart.
    coef, intercept = (model.coef_, model.intercept_) if len(told) == 1 else (
        model.coef_[1:] - model.coef_[0], model.intercept_[1:] - model.intercept_[0]
    )  # fmt: skip
    weights[told], intercepts[told] = coef * trust, intercept
    weights[:, by_hand] = np.array(list(WORTH.values())) * scale[by_hand]
    return ParagraphModel(mean, scale, weights, intercepts)


def fit_documents(rows: Bags, logits: F64) -> DocumentModel:
    """How a document follows from its paragraphs. logits: (rows,) of all bags."""
    features, _, _ = _documents(rows, logits)
    model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000).fit(features, rows.spun[rows.document])
    return DocumentModel(np.append(model.coef_[0], model.intercept_[0]))


def _documents(rows: Bags, logits: F64) -> tuple[F64, I32, I32]:
    """Features of the documents among the rows; their paragraphs' rows, and the document of each."""
    members = [m for m, several in zip(rows.members, rows.document.tolist(), strict=True) if several]
    inside = np.array([i for m in members for i in m], np.int32)
    document = np.repeat(np.arange(len(members), dtype=np.int32), [len(m) for m in members])
    return document_features(logits[rows.document], logits[inside], document), inside, document


def fit_tokens(label: npt.NDArray[np.int8], own: F32, paragraph: F64) -> TokenModel:
    """How a token's oddness follows from its own logit and its paragraph's: all (tokens,), label -1 left out."""
    known = label >= 0
    rows = np.column_stack([own, np.clip(paragraph, -TokenModel.LIMIT, TokenModel.LIMIT)])[known]
    model = LogisticRegression(C=10.0).fit(rows, label[known])
    return TokenModel(float(model.coef_[0, 0]), float(model.coef_[0, 1]), float(model.intercept_[0]))


def threshold(logits: F64, register: npt.NDArray[np.str_], nominal: float) -> float:
    """The lowest at which clean text is flagged at no more than the nominal rate, over all and in each sizeable
    register: most of this text is news and encyclopaedia, most users' text is not."""
    bars = [np.quantile(logits, 1 - nominal)]
    for name in np.unique(register):
        mine = logits[register == name]
        if len(mine) >= REGISTER_PARAGRAPHS:
            bars.append(np.quantile(mine, 1 - nominal))
    return float(max(bars))


def length_slope(logits: F64, log_slots: F32, nominal: float) -> float:
    """How the bar changes with the logarithm of a paragraph's slots, so that short and long clean text is flagged at
    the same rate: the slope of a quantile regression (Koenker and Bassett 1978)."""
    model = QuantileRegressor(quantile=1 - nominal, alpha=0, solver="highs").fit(log_slots[:, None], logits)
    return float(model.coef_[0])


def token_bar(logits: F64, covered: float) -> float:
    """The logit that so many tokens pass that spans cover `covered` words: a phrase covers about 1.3."""
    ordered = np.sort(logits)[::-1]
    return float(ordered[min(int(covered / 1.3), len(ordered) - 1)]) if len(ordered) else 0.0


def modes(
    rows: Bags, logits: F64, documents: DocumentModel, token_logits: F64, token_paragraphs: F64, token_words: int
) -> dict[str, dict[str, Any]]:
    """Bars of each mode and the false-positive rate they were set at.

    logits: (rows,); token_logits, token_paragraphs: of the slots of clean text, and of the paragraphs they stand in;
    token_words: its words, those of the slots and others.
    """
    usable = ~rows.spun & ~rows.noise & ~rows.counted & (rows.register != POST_EDITED)
    alone = usable & ~rows.document
    features, inside, document = _documents(rows, logits)
    whole = documents.logits(features)
    clean = usable[rows.document]
    in_context = in_document(logits[inside], whole[document])
    honest = clean[document]
    log_slots = rows.features[:, LOG_SLOTS]
    out: dict[str, dict[str, Any]] = {}
    for name, nominal in NOMINAL.items():
        suspect = float(np.log(SUSPECT[name] / (1 - SUSPECT[name])))
        inside_suspects = token_paragraphs > suspect
        slope = length_slope(logits[alone], log_slots[alone], nominal)
        levelled, in_level = logits - slope * log_slots, in_context - slope * log_slots[inside]
        bars = {
            "paragraph": threshold(levelled[alone], rows.register[alone], nominal),
            "in_document": threshold(in_level[honest], rows.register[inside][honest], nominal),
            "per_log_slot": slope,
            "document": threshold(whole[clean], rows.register[rows.document][clean], nominal),
            "token": token_bar(token_logits[inside_suspects], COVERED[name] * token_words),
            "suspect": suspect,
            "lone": token_bar(token_logits[~inside_suspects], COVERED_ELSEWHERE[name] * token_words),
        }
        measured = float((levelled[alone] > bars["paragraph"]).mean())
        out[name] = {
            "nominal_false_positive_rate": nominal,
            "measured_false_positive_rate": round(measured, 5),
            "bars": bars,
        }
    return out


def fit(
    examples: Examples, log_share: F32, without: Collection[str] = (), blind: Blind = SEEING
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Arrays and the part of model.json that come from the pairs. For measuring, without: families to leave out;
    blind: witnesses to do without (a judge that is given these slots' features as zeros follows; traces get no weight).
    """
    family = examples.family()
    translated = np.array([kind_of(name) == 2 for name in family])
    families = sorted(set(family[~translated].tolist()) - {"", *without})
    priors = family_priors(examples, log_share, families)
    features = with_priors(examples, priors)
    unseen = [NAMES.index(name) for name in blind.slots]
    untold = [TRACE_NAMES.index(name) for name in blind.traces]
    traces = examples.traces.copy()
    traces[:, untold] = 0
    features[:, unseen] = 0
    kept_text = np.isin(family, ["", *families]) | (translated & ~np.isin(family, list(without)))
    subset = examples.column("subset")
    # Of a translation nearly every word has changed: it would teach the trees to tell nothing apart.
    words_told = kept_text & ~translated & (examples.column("register") != POST_EDITED)
    rows = (words_told & np.isin(subset, ["fit", HONEST]))[examples.text_of] & (examples.label >= 0)
    arrays, prior_logit = fit_trees(features[rows], examples.label[rows])
    trees = Trees.from_arrays(arrays)
    features[:, NAMES.index("prior")] = priors[""][examples.word]
    features[:, unseen] = 0
    seen = evidence(features, trees)
    usable = Examples(
        examples.features, examples.label, examples.text_of, examples.word,
        [t if k else {**t, "subset": "left out"} for t, k in zip(examples.texts, kept_text.tolist(), strict=True)],
        traces, examples.tokens,
    )  # fmt: skip
    clean = np.array([t["family"] is None and t["noise"] is None and t["subset"] == "calibrate" for t in usable.texts])
    clean &= usable.column("register") != POST_EDITED
    everything = bags(usable, seen, ["fit", "calibrate", HONEST], prior_logit)
    model = fit_paragraphs(everything)
    model.weights[:, len(PARAGRAPH_NAMES) - len(TRACE_NAMES) :][:, untold] = 0  # those set by hand too
    logits = model.logits(everything.features)
    documents = fit_documents(everything, logits)
    # The rows of single texts come first, in the order of the texts.
    of_text = np.zeros(len(clean))
    single = np.isin(usable.column("subset"), ["fit", "calibrate", HONEST])
    of_text[single] = logits[~everything.document]
    calibrate = (words_told & (subset == "calibrate"))[examples.text_of]
    own, inside = seen.logits, of_text[examples.text_of]
    tokens = fit_tokens(examples.label[calibrate], own[calibrate], inside[calibrate])
    honest = clean[examples.text_of]
    words = int(examples.tokens[clean].sum() * WORD_TOKENS)
    found = modes(everything, logits, documents, tokens.logits(own[honest], inside[honest]), inside[honest], words)
    arrays["prior"] = priors[""].astype(np.float16)
    arrays["paragraph"] = np.concatenate([np.stack([model.mean, model.scale]), model.weights])
    about = {
        "families": families,
        "translators": sorted(set(family[translated & kept_text].tolist())),
        "token_features": list(NAMES),
        "paragraph_features": list(PARAGRAPH_NAMES),
        "paragraph_intercepts": model.intercepts.tolist(),
        "document": {"weights": documents.weights.tolist()},
        "token": vars(tokens),
        "prior_logit": prior_logit,
        "modes": found,
    }
    return arrays, about
