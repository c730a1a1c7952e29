"""`python -m api.demo FILE...`: ask a running server for the scores that the library gives, and compare."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from detector import Detector
from detector.results import SKIPS

_PORT_ANY = "0"


def main(files: Sequence[str]) -> int:
    """Start a server on a free port, compare, stop it. Returns 0 where every score is the same."""
    texts = [Path(name).read_bytes().decode("utf-8") for name in files]
    expected = Detector.load().score(texts, ids=list(files), skip=SKIPS).to_dict()
    command = [sys.executable, "-m", "detector", "serve", "--port", _PORT_ANY]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = json.loads(server.stderr.readline())["url"]
        documents = [{"id": name, "text": text} for name, text in zip(files, texts, strict=True)]
        reply = _post(f"{address}v1/score", {"documents": documents})
    finally:
        server.terminate()
        server.wait()
    print(f"POST {address}v1/score")
    for document in reply["documents"]:
        score = "not scored" if document["score"] is None else f"{document['score']:.6f}"
        print(f"  {document['id']}: {score}, {'FLAGGED' if document['flagged'] else 'not flagged'}")
    if reply != expected:
        print("The server and the library disagree.", file=sys.stderr)
        return 1
    print("The same as the library's, to the last decimal.")
    return 0


def _post(url: str, body: dict[str, Any]) -> Any:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as reply:
        return json.load(reply)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
