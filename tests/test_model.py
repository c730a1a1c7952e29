"""A model that is missing, cut, altered or of another make is told from a good one by a sentence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import arrays_and_about

from detector import Detector
from detector.classifier import KINDS, PARAGRAPH_NAMES
from detector.errors import ModelError
from detector.model import ABOUT, ARRAYS, FORMAT, load, packed_candidates, save, shipped, unpacked_candidates
from detector.results import MODES

TEXT = "the worker was at the small house by the river and they had not a road to walk on with an old ship"


def test_what_is_written_is_read(small_folder: Path) -> None:
    model = load(small_folder)
    assert (model.info.name, model.info.version) == ("small", "1.2.3")
    assert set(model.bars) == set(MODES)
    arrays, _ = arrays_and_about()
    assert "\n".join(model.lexicon.words).encode() == arrays["words"].tobytes()
    every = np.arange(len(arrays["embed"]))
    assert model.choice.embed.vectors(every) == pytest.approx(
        arrays["embed"] * arrays["embed_scale"][:, None].astype(np.float32)
    )
    assert Detector(model).score(TEXT) == Detector.load(small_folder).score(TEXT)


def altered(folder: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Path:
    """A model that was written whole, after a change to its arrays and its description."""
    arrays, about = arrays_and_about()
    change(arrays, about)
    save(folder, about, arrays)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load(folder)
    return str(caught.value)


@pytest.mark.parametrize("name", [ABOUT, ARRAYS])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = altered(tmp_path, lambda *_: None)
    (folder / name).unlink()
    assert refused(folder) == f"There is no model in {folder}: {name} is missing."


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") == f"There is no model in {tmp_path / 'nowhere'}: {ABOUT} is missing."


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    assert "cannot be read" in refused(tmp_path / "file")


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    folder = altered(tmp_path, lambda *_: None)
    (folder / ARRAYS).unlink()
    (folder / ARRAYS).mkdir()
    assert "cannot be read" in refused(folder)


@pytest.mark.parametrize("kept", [0, 1, 1000, -1])
def test_cut_arrays_are_refused(tmp_path: Path, kept: int) -> None:
    folder = altered(tmp_path, lambda *_: None)
    (folder / ARRAYS).write_bytes((folder / ARRAYS).read_bytes()[:kept])
    assert "cut short or was altered" in refused(folder)


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_one_altered_byte_is_refused(small_folder: Path, place: int, change: int) -> None:
    content = bytearray((small_folder / ARRAYS).read_bytes())
    content[place % len(content)] ^= change
    other = small_folder.parent / "altered"
    other.mkdir(exist_ok=True)
    (other / ABOUT).write_bytes((small_folder / ABOUT).read_bytes())
    (other / ARRAYS).write_bytes(content)
    assert "cut short or was altered" in refused(other)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"not json"])
def test_a_description_that_is_not_json(tmp_path: Path, content: bytes) -> None:
    folder = altered(tmp_path, lambda *_: None)
    (folder / ABOUT).write_bytes(content)
    assert refused(folder) == f"{folder / ABOUT} cannot be read as JSON."


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (FORMAT + 1, "Upgrade unspun."),
        (FORMAT - 1, "Rebuild it"),
        (0, "Rebuild it"),
        (None, "Rebuild it"),
        ("1", "Rebuild it"),
        (True, "Rebuild it"),
    ],
)
def test_another_format_version_says_what_to_do(tmp_path: Path, version: object, advice: str) -> None:
    folder = altered(tmp_path, lambda _, about: about.update(format=version))
    assert f"format version {version!r}, this release reads {FORMAT}. {advice}" in refused(folder)


@pytest.mark.parametrize("version", [1, 2])
def test_a_model_of_an_older_release_is_refused_in_one_sentence(tmp_path: Path, version: int) -> None:
    """Its weights are of features that are no longer computed; that is not said of it, nor that it is damaged."""

    def older(arrays: dict[str, Any], about: dict[str, Any]) -> None:
        about["format"] = version
        about["paragraph_intercept"] = about.pop("paragraph_intercepts")[0]
        about["paragraph_features"] = about["paragraph_features"][:22]
        for name in ("names", "name_capitals"):
            del arrays[name]

    message = refused(altered(tmp_path, older))
    assert message == (
        f"The model in {tmp_path} has format version {version}, this release reads {FORMAT}. "
        "Rebuild it with `unspun train`."
    )


def test_each_kind_of_rewording_has_weights_of_its_own(small_folder: Path) -> None:
    arrays, about = arrays_and_about()
    paragraph = load(small_folder).paragraph
    assert paragraph.weights.shape == (len(KINDS), len(PARAGRAPH_NAMES))
    assert paragraph.weights == pytest.approx(arrays["paragraph"][2:].astype(np.float32))
    assert paragraph.intercepts.tolist() == about["paragraph_intercepts"]


def test_known_names_are_read(small_folder: Path) -> None:
    arrays, _ = arrays_and_about()
    names = load(small_folder).names
    assert (names.packed == arrays["names"]).all()
    assert names.levels_of(arrays["names"] >> np.uint64(4)).min() >= 1


@pytest.mark.parametrize("content", ["[]", "null", "1"])
def test_a_description_that_describes_nothing(tmp_path: Path, content: str) -> None:
    folder = altered(tmp_path, lambda *_: None)
    (folder / ABOUT).write_text(content)
    assert "format version None" in refused(folder)


@pytest.mark.parametrize("key", ["token_features", "paragraph_features"])
def test_other_features_are_refused(tmp_path: Path, key: str) -> None:
    assert "other features" in refused(altered(tmp_path / "more", lambda _, about: about[key].append("new")))
    assert "other features" in refused(altered(tmp_path / "order", lambda _, about: about[key].reverse()))
    assert "other features" in refused(altered(tmp_path / "none", lambda _, about: about.pop(key)))


ARRAY_NAMES = sorted(arrays_and_about()[0])
ABOUT_NAMES = sorted({*arrays_and_about()[1]} - {"token_features", "paragraph_features"})


@pytest.mark.parametrize("name", ARRAY_NAMES)
def test_a_missing_array_is_damage(tmp_path: Path, name: str) -> None:
    assert "damaged" in refused(altered(tmp_path, lambda arrays, _: arrays.pop(name)))


@pytest.mark.parametrize("name", ABOUT_NAMES)
def test_a_missing_entry_is_damage(tmp_path: Path, name: str) -> None:
    assert "damaged" in refused(altered(tmp_path, lambda _, about: about.pop(name)))


def test_more_words_than_rows_are_damage(tmp_path: Path) -> None:
    more = np.frombuffer(b"\nmore", np.uint8)
    assert "damaged" in refused(
        altered(tmp_path, lambda arrays, _: arrays.update(words=np.concatenate([arrays["words"], more])))
    )


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path, lambda arrays, _: arrays.update(bias=np.array([{}], object)))
    assert "cannot be read as an array file" in refused(folder)


def test_compressed_arrays_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "savez", np.savez_compressed)
    assert "cannot be read as an array file" in refused(altered(tmp_path, lambda *_: None))


def test_a_model_in_use_survives_being_replaced(tmp_path: Path) -> None:
    words = np.arange(70)
    model = load(altered(tmp_path, lambda *_: None))
    before = model.choice.out.vectors(words)
    altered(tmp_path, lambda arrays, _: arrays.update(out=np.zeros_like(arrays["out"])))
    assert (model.choice.out.vectors(words) == before).all()
    assert not load(tmp_path).choice.out.vectors(words).any()


def test_a_model_that_is_being_written_over_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = altered(tmp_path, lambda *_: None)

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="space"):
        altered(tmp_path, lambda *_: None)
    assert ABOUT in refused(folder)


@given(st.lists(st.lists(st.integers(1, 2**24 - 1), max_size=50), max_size=30))
def test_candidates_survive_packing(lists: list[list[int]]) -> None:
    width = max([1, *map(len, lists)])
    table = np.zeros((len(lists), width), np.int32)
    for row, each in zip(table, lists, strict=True):
        row[: len(each)] = each
    packed, counts = packed_candidates(table)
    assert packed.nbytes == 3 * sum(map(len, lists))
    assert (unpacked_candidates(packed, counts) == table).all()


def test_the_shipped_model_loads_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        folder = shipped()
    except ModelError as missing:
        pytest.skip(str(missing))
    began = time.perf_counter()
    model = load(folder)
    took = time.perf_counter() - began
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    with capsys.disabled():
        print(f"\n{model.info.name} {model.info.version}: {size:.1f} MB, loaded in {took:.2f} s")
    assert json.dumps(model.about)
    assert size <= 60
