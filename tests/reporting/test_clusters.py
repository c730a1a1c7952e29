"""Documents that were spun from one seed are found together, and nothing else is."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.articles import ARTICLES, BRIDGE, HARBOUR, LIBRARY, ORCHARD, spun

from detector import Detector, clusters
from detector.clusters import kind_of, likeness, linked, same_seed
from detector.immutables import LONGEST, MARKS, Sketch, immutables, sketch
from detector.lexicon import Lexicon
from detector.model import load, shipped
from detector.text import tokenize
from detector.wording import Swaps, compare, rising


@pytest.fixture(scope="module")
def lexicon(shipped_detector: Detector) -> Lexicon:
    return load(shipped()).lexicon


def test_each_seed_makes_a_cluster_of_its_copies(lexicon: Lexicon) -> None:
    texts = [spun(text, choice) for choice in range(4) for text in ARTICLES]

    found = same_seed(texts, lexicon=lexicon)

    assert [cluster.members for cluster in found] == [(n, n + 4, n + 8, n + 12) for n in range(4)]
    assert all(cluster.kind == "spun" and cluster.original is None for cluster in found)


def test_articles_of_their_own_are_in_no_cluster(lexicon: Lexicon) -> None:
    assert same_seed(ARTICLES, lexicon=lexicon) == []
    assert same_seed([], lexicon=lexicon) == []
    assert same_seed(["", "", "One word.", "one word"], lexicon=lexicon) == []


def test_a_reprint_is_a_copy(lexicon: Lexicon) -> None:
    cut = BRIDGE.partition("\n\n")[0]
    found = same_seed([BRIDGE, HARBOUR, BRIDGE.upper(), cut, BRIDGE], lexicon=lexicon)

    assert [cluster.kind for cluster in found] == ["copies"]
    assert found[0].changed == 0
    assert {0, 3, 4} <= set(found[0].members)
    assert 1 not in found[0].members


def test_a_person_who_rewrites_does_not_spin(lexicon: Lexicon) -> None:
    edited = HARBOUR.replace("early on Sunday", "before dawn on Sunday").replace(
        "All 5 members of the crew", "The 5 men on board"
    )
    edited = edited.replace("It is the third accident of its kind", "It is the third such sinking").replace(
        "the storm of", "heavy seas"
    )

    (found,) = same_seed([HARBOUR, BRIDGE, edited], lexicon=lexicon)

    assert (found.members, found.kind) == ((0, 2), "edited")


@pytest.mark.parametrize(
    ("swaps", "kind"),
    [
        ([], "copies"),
        ([Swaps(100, 2, 2, 100)], "copies"),
        ([Swaps(100, 4, 4, 100)], "edited"),
        ([Swaps(50, 0, 0, 100)], "edited"),
        ([Swaps(0, 0, 0, 0)], "copies"),
        ([Swaps(100, 60, 6, 100)], "edited"),
        ([Swaps(100, 20, 6, 100)], "spun"),
        ([Swaps(1000, 6, 6, 1000)], "spun"),
        ([Swaps(100, 1, 0, 100), Swaps(100, 20, 12, 100), Swaps(100, 9, 0, 100)], "spun"),
    ],
)
def test_the_kind_is_told_by_the_words_swapped_for_dictionary_neighbours(swaps: list[Swaps], kind: str) -> None:
    assert kind_of(swaps) == kind


def test_the_lowest_score_is_the_likely_original(lexicon: Lexicon) -> None:
    texts = [spun(BRIDGE, 0), HARBOUR, BRIDGE, spun(BRIDGE, 1)]

    (found,) = same_seed(texts, scores=[0.9, 0.01, 0.2, 0.8], lexicon=lexicon)
    (unscored,) = same_seed(texts, scores=[None, 0.1, None, 0.8], lexicon=lexicon)

    assert found.members == (0, 2, 3)
    assert found.original == 2
    assert unscored.original == 3
    (of_pandas,) = same_seed(texts, scores=[float("nan"), 0.01, 0.9, 0.8], lexicon=lexicon)
    assert of_pandas.original == 3
    assert found.changed > 0.1


def test_scores_must_be_as_many_as_texts(lexicon: Lexicon) -> None:
    with pytest.raises(ValueError, match="2 texts and 1 scores"):
        same_seed(["a", "b"], scores=[0.5], lexicon=lexicon)


def test_a_footer_that_all_pages_have_makes_no_cluster(lexicon: Lexicon) -> None:
    footer = (
        "\n\nThe Harwick Gazette is published by Gazette House Ltd, 12 Foundry Street, Harwick. Registered in 1954 under number "
        "00331874. For letters write to Clara Boddington or call 555 0134. A member of the Tessel Valley Press Council."
    )
    assert same_seed([text + footer for text in ARTICLES], lexicon=lexicon) == []


def test_short_texts_with_one_boilerplate_are_no_copies(lexicon: Lexicon) -> None:
    boilerplate = (
        "The Harwick Gazette is published by Gazette House Ltd, 12 Foundry Street, Harwick. Registered in 1954 under number "
        "00331874. For letters write to Clara Boddington or call 555 0134."
    )
    heads = [" ".join(text.split()[:30]) for text in ARTICLES]

    found = same_seed([f"{boilerplate} {head} {boilerplate}" for head in heads], lexicon=lexicon)

    assert "copies" not in [cluster.kind for cluster in found]


def test_clusters_do_not_depend_on_the_order_of_the_texts(lexicon: Lexicon) -> None:
    texts = [spun(text, choice) for choice in range(3) for text in ARTICLES]
    order = list(range(len(texts)))
    random.Random(5).shuffle(order)

    there = {frozenset(texts[i] for i in cluster.members) for cluster in same_seed(texts, lexicon=lexicon)}
    here = same_seed([texts[i] for i in order], lexicon=lexicon)

    assert {frozenset(texts[order[i]] for i in cluster.members) for cluster in here} == there


def test_a_cluster_of_a_thousand_copies_stays_one(lexicon: Lexicon) -> None:
    four = [sketch(spun(BRIDGE, choice), lexicon) for choice in range(4)]
    assert linked([*four * 250, sketch(HARBOUR, lexicon)]) == [tuple(range(1000))]


def test_nobody_is_asked_twice(lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts made of the same few paragraphs, which are candidates of each other in every way."""
    parts = [part for text in ARTICLES for part in text.split("\n\n")]
    rng = random.Random(7)
    sketches = [sketch("\n\n".join(rng.sample(parts, 3)), lexicon) for _ in range(100)]
    asked: Counter[tuple[int, int]] = Counter()

    def counted(one: Sketch, other: Sketch) -> float:
        asked[id(one), id(other)] += 1
        return likeness(one, other)

    monkeypatch.setattr(clusters, "likeness", counted)
    linked(sketches)

    assert asked.total() < 3 * len(clusters.candidates(sketches))


def test_pairs_are_the_same_however_many_are_counted_at_once(lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    sketches = [sketch(spun(text, choice), lexicon) for choice in range(4) for text in ARTICLES]
    whole = clusters.candidates(sketches).tolist()
    monkeypatch.setattr(clusters, "AT_ONCE", 3)

    assert sorted(clusters.candidates(sketches).tolist()) == whole != []


def test_names_numbers_and_function_words_stay(lexicon: Lexicon) -> None:
    surfaces = tokenize("Yesterday the 14 engineers of Quillhaven repaired the old bridge.").surfaces
    kept = list(immutables(surfaces, lexicon))

    assert [surfaces[one.place] for one in kept] == ["the", "14", "of", "Quillhaven", "the"]
    assert [surfaces[one.place] for one in kept if one.fact] == ["14", "Quillhaven"]


def test_a_sketch_is_bounded_and_like_itself(lexicon: Lexicon) -> None:
    long = sketch(" ".join(f"Item {n} of the list went to number {n * 7} for it." for n in range(30_000)), lexicon)

    assert len(long.marks) == len(long.places) == MARKS
    assert likeness(long, long) == 1
    beginning = HARBOUR + "\n" * LONGEST
    assert sketch(beginning + BRIDGE, lexicon).marks.tolist() == sketch(HARBOUR, lexicon).marks.tolist()
    for text in ARTICLES:
        assert likeness(sketch(text, lexicon), sketch(text, lexicon)) == 1
    assert likeness(sketch(LIBRARY, lexicon), sketch(ORCHARD, lexicon)) < 0.05


@given(st.lists(st.integers(0, 30)))
def test_rising_is_a_longest_rising_subsequence(values: list[int]) -> None:
    found = [values[i] for i in rising(values)]

    assert all(one < other for one, other in pairwise(found))
    best = [1] * len(values)
    for i, value in enumerate(values):
        best[i] = 1 + max((best[j] for j in range(i) if values[j] < value), default=0)
    assert len(found) == max(best, default=0)


@given(
    st.lists(st.sampled_from("a b c d the of 1 2 .".split())), st.lists(st.sampled_from("a b c d the of 1 2 .".split()))
)
def test_pieces_cover_both_texts_and_tell_the_truth(here: list[str], there: list[str]) -> None:
    wordings = compare(" ".join(here), " ".join(there))

    a, b = wordings.here.surfaces, wordings.there.surfaces
    assert [word for piece in wordings.pieces for word in a[piece.here_start : piece.here_end]] == a
    assert [word for piece in wordings.pieces for word in b[piece.there_start : piece.there_end]] == b
    for piece in wordings.pieces:
        if piece.same:
            assert a[piece.here_start : piece.here_end] == b[piece.there_start : piece.there_end]
    assert all(one.same != other.same for one, other in pairwise(wordings.pieces))
