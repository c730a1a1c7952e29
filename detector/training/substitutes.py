"""Which words could have stood in a word's place: the candidate lists of the lexicon.

A spinner's output must be traced back, so for each word the lists hold what thesauri map *to* it as
well as what they map it to, in the same inflection, and its nearest neighbours among word vectors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detector.training.wordnet import wordnet

Scores = dict[str, dict[str, float]]

#: What each kind of evidence for "b can replace a" is worth in the ranking of candidates.
SAME_SYNSET, SIMILAR, MOBY, MOBY_MUTUAL, RELATED_FORM, NEIGHBOUR = 1.0, 0.45, 0.3, 0.25, 0.25, 1.6
INDUCED = 3.0
MOST_CANDIDATES = 40
#: A bad spinner picks a noun for a verb (*isolate them* -> *solitude them*), so some places on a list are kept for
#: the other parts of speech of its first entries.
OTHER_FORMS, OF_THE_FIRST = 6, 8
NEIGHBOURS = 24


@cache
def function_words() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "function_words.txt").read_text(encoding="utf-8").split())


def wordnet_scores(known: frozenset[str]) -> Scores:
    """Lemma -> lemma, from WordNet: same synset, similar or one step up or down, and related forms of those."""
    reader = wordnet()
    scores: Scores = defaultdict(lambda: defaultdict(float))

    def names(synset: object) -> list[str]:
        return [n.lower() for n in synset.lemma_names() if n.lower() in known]  # type: ignore[attr-defined]

    def add(pairs: Iterable[tuple[str, str]], weight: float) -> None:
        for a, b in pairs:
            if a != b:
                scores[a][b] = max(scores[a][b], weight)
                scores[b][a] = max(scores[b][a], weight)

    for synset in reader.all_synsets():
        here = names(synset)
        if not here:
            continue
        add(((a, b) for a in here for b in here), SAME_SYNSET)
        near = [n for s in (*synset.similar_tos(), *synset.hypernyms(), *synset.also_sees()) for n in names(s)]
        add(((a, b) for a in here for b in near), SIMILAR)
        related = [r.name().lower() for lemma in synset.lemmas() for r in lemma.derivationally_related_forms()]
        add(((a, b) for a in here for b in related if b in known), RELATED_FORM)
    return scores


def other_forms() -> dict[str, set[str]]:
    """Lemma -> lemmas of its family in other parts of speech: isolation -> isolate."""
    forms: dict[str, set[str]] = defaultdict(set)
    for synset in wordnet().all_synsets():
        for lemma in synset.lemmas():
            forms[lemma.name().lower()].update(r.name().lower() for r in lemma.derivationally_related_forms())
    return forms


def moby_scores(words_file: Path, known: frozenset[str]) -> Scores:
    """Lemma -> lemma, from the Moby thesaurus; more where each stands in the other's list."""
    lists: dict[str, set[str]] = {}
    with words_file.open(encoding="utf-8") as lines:
        for line in lines:
            root, *others = line.strip().lower().split(",")
            if root in known:
                lists[root] = {o for o in others if o in known}
    scores: Scores = defaultdict(lambda: defaultdict(float))
    for root, listed in lists.items():
        for other in listed:
            if other == root:
                continue
            mutual = MOBY_MUTUAL if root in lists.get(other, ()) else 0.0
            scores[root][other] = max(scores[root][other], MOBY + mutual)
            scores[other][root] = max(scores[other][root], MOBY + mutual)
    return scores


class Inflections:
    """Lemmas and tags of the words of a vocabulary, and the way back (lemminflect's tables, no guessing)."""

    def __init__(self, words: Sequence[str]) -> None:
        import lemminflect

        self.analyses: dict[str, list[tuple[str, str]]] = {}
        self.form: dict[tuple[str, str], str] = {}
        known = set(words)
        inflections = cache(lemminflect.getAllInflections)
        for word in words:
            found: list[tuple[str, str]] = []
            for pos, lemmas in lemminflect.getAllLemmas(word).items():
                if pos not in ("NOUN", "VERB", "ADJ", "ADV"):
                    continue
                for lemma in lemmas:
                    for tag, forms in inflections(lemma, upos=pos).items():
                        if word in forms:
                            found.append((lemma, tag))
            self.analyses[word] = found or [(word, "X")]
            for lemma, tag in found:
                self.form.setdefault((lemma, tag), word)
        for word in words:  # the dictionary's first spelling wins over a variant that is more frequent
            for lemma, tag in self.analyses[word]:
                forms = inflections(lemma).get(tag, ())
                first = next((f for f in forms if f in known), None)
                if first:
                    self.form[lemma, tag] = first

    def carry(self, word: str, lemma_scores: Scores) -> dict[str, float]:
        """Substitutes of `word`'s lemmas, put into `word`'s inflection."""
        out: dict[str, float] = {}
        for lemma, tag in self.analyses[word]:
            for other, weight in lemma_scores.get(lemma, {}).items():
                form = self.form.get((other, tag))
                if form is None:  # another part of speech: bad spinners do that; it counts for less
                    form, weight = other, 0.4 * weight
                if form != word:
                    out[form] = max(out.get(form, 0.0), weight)
        return out


def neighbour_scores(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], count: int = NEIGHBOURS
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Nearest neighbours by cosine among `rows` of vectors (words, d): indices and cosines (rows, count)."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    pool = unit[rows]
    indices = np.empty((len(rows), count), np.int64)
    cosines = np.empty((len(rows), count), np.float32)
    for at in range(0, len(rows), 2000):
        similar = pool[at : at + 2000] @ pool.T
        similar[np.arange(len(similar)), np.arange(at, at + len(similar))] = -1
        best = np.argpartition(-similar, count, axis=1)[:, :count]
        indices[at : at + len(similar)] = rows[best]
        cosines[at : at + len(similar)] = np.take_along_axis(similar, best, axis=1)
    return indices, cosines


def candidate_lists(
    words: Sequence[str],
    counts: npt.NDArray[np.int64],
    lemma_scores: Sequence[Scores],
    vectors: npt.NDArray[np.float32],
    induced: Mapping[str, Mapping[str, float]],
    forms: Mapping[str, set[str]],
) -> list[list[int]]:
    """For each word the indices of up to MOST_CANDIDATES others, best first; [] where it is no content word.

    vectors: float32 (words, d), zero rows where none is known. induced: word -> what it may have replaced -> weight.
    forms: lemma -> lemmas of its family in other parts of speech (see `other_forms`).
    """
    index = {word: i for i, word in enumerate(words)}
    skip = function_words()
    inflections = Inflections(words)
    log_count = np.log1p(counts.astype(np.float64))
    norms = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.maximum(norms, 1e-9)[:, None]
    content = np.array([w not in skip and len(w) > 1 for w in words])
    rows = np.flatnonzero(content & (norms > 0))
    near, cosines = neighbour_scores(vectors, rows)
    neighbours = dict(zip(rows.tolist(), zip(near, cosines, strict=True), strict=True))
    lists: list[list[int]] = []
    for i, word in enumerate(words):
        if not content[i]:
            lists.append([])
            continue
        score: dict[int, float] = defaultdict(float)
        for table in lemma_scores:
            for other, weight in inflections.carry(word, table).items():
                j = index.get(other)
                if j is not None and content[j]:
                    score[j] += weight
        for other, weight in induced.get(word, {}).items():
            j = index.get(other)
            if j is not None and j != i and content[j]:
                score[j] += INDUCED * weight
        if score and norms[i] > 0:
            others = np.array(sorted(score))
            for j, cosine in zip(others.tolist(), (unit[others] @ unit[i]).tolist(), strict=True):
                score[j] += NEIGHBOUR * max(cosine, 0.0)
        if i in neighbours:
            for j, cosine in zip(*(a.tolist() for a in neighbours[i]), strict=True):
                score.setdefault(j, NEIGHBOUR * cosine * (1.0 if cosine > 0.6 else 0.7))
        ranked = sorted(score, key=lambda j: (-(score[j] + 0.05 * log_count[j]), j))
        lists.append(_with_other_forms(ranked, words, index, forms, content, i))
    return lists


def _with_other_forms(
    ranked: list[int],
    words: Sequence[str],
    index: Mapping[str, int],
    forms: Mapping[str, set[str]],
    content: npt.NDArray[np.bool_],
    own: int,
) -> list[int]:
    """The best of a list, and behind them the first entries in other parts of speech."""
    listed = ranked[:MOST_CANDIDATES]
    extra: list[int] = []
    for j in listed[:OF_THE_FIRST]:
        for form in sorted(forms.get(words[j], ())):
            k = index.get(form)
            if k is not None and k != own and content[k] and k not in listed and k not in extra:
                extra.append(k)
    extra = extra[:OTHER_FORMS]
    return listed[: MOST_CANDIDATES - len(extra)] + extra
