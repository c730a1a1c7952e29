"""WordNet 3.0 as Debian ships it, or from the folder that WNSEARCHDIR names, read by nltk's own reader."""

from __future__ import annotations

import io
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import nltk
from nltk.corpus.reader.wordnet import WordNetCorpusReader

FOLDER = Path(os.environ.get("WNSEARCHDIR", "/usr/share/wordnet"))
INSTALL = "apt-get install wordnet-base wordnet-sense-index"

#: The lexicographer files by number (lexnames(5WN)), which Debian describes in a manual page instead of shipping.
_LEXNAMES = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition "
    "noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person "
    "noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state "
    "noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition "
    "verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social "
    "verb.stative verb.weather adj.ppl"
).split()


class _DebianReader(WordNetCorpusReader):  # type: ignore[misc]
    def open(self, file: str) -> Any:
        if file == "lexnames":
            return io.StringIO("".join(f"{i}\t{name}\t0\n" for i, name in enumerate(_LEXNAMES)))
        return super().open(file)

    def map_wn(self, version: str = "wordnet") -> None:
        """Offsets are already those of the version that is read: there is nothing to map."""


@cache
def wordnet() -> WordNetCorpusReader:
    """The reader. Raises FileNotFoundError, naming the command that installs the data, where it is missing."""
    if not (FOLDER / "data.noun").exists():
        raise FileNotFoundError(f"WordNet is not installed: {INSTALL}")
    for folder in (str(FOLDER.parent), str(FOLDER)):  # nltk refuses to read outside its data path
        if folder not in nltk.data.path:
            nltk.data.path.append(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _DebianReader(str(FOLDER), None)
