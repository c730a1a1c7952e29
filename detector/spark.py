"""Texts scored on a Spark cluster. A model is read once by each Python worker and mapped, so that those of one machine
share its memory; `share_model` sends one that the executors do not have, once to each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack
from zipfile import ZipFile

from detector import Detector
from detector.arrow import Options, output_schema, scored_parts
from detector.arrow import scored as scored_batch
from detector.errors import UnspunError
from detector.model import ABOUT, ARRAYS
from detector.results import Format, Mode, Reason
from detector.shared import shared_detector

try:
    import pyarrow as pa
    from pyspark import SparkFiles
    from pyspark.sql.pandas.functions import arrow_udf
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_type
    from pyspark.sql.types import StructField, StructType
except ImportError as missing:
    raise ImportError("Scoring on Spark needs PySpark 4.1 or newer: pip install 'unspun[spark]'") from missing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: How the name of a model that `share_model` sent begins; any other is the path of a folder that every executor sees.
_SENT: Final = "spark-files:"

Batches = Iterator[pa.RecordBatch]


def scored(frame: DataFrame, *, model: str | None = None, **options: Unpack[Options]) -> DataFrame:
    """A row for each text of the frame (or for each of its paragraphs), with the columns that `detector.arrow.scored`
    gives for the same options.

    model: a folder that every executor sees, or what `share_model` returned; None: the model that came with the
    package. Raises UnspunError for columns or options that cannot be used.
    """
    return frame.mapInArrow(map_in_arrow(model=model, **options), spark_schema(frame.schema, **options))


def score_udf(
    *,
    model: str | None = None,
    mode: Mode = "balanced",
    format: Format = "text",
    skip: Collection[Reason] = (),
    allow: Sequence[str] = (),
) -> Any:
    """A function of a column of texts, as `scored(frame)` judges them: a struct of `status`, `error`, `score`,
    `flagged`, `fraction_flagged`, `skipped` and `paragraphs`. Raises UnspunError for options that cannot be used."""
    options = Options(mode=mode, format=format, skip=skip, allow=allow)
    returned = output_schema(pa.schema({"text": pa.string()}), **options)

    def unspun_score(texts: pa.Array) -> pa.Array:
        return scored_batch(pa.record_batch({"text": texts}), _detector(model), **options).to_struct_array()

    made: Any = arrow_udf  # its types know no struct
    return made(unspun_score, from_arrow_schema(returned))


def map_in_arrow(*, model: str | None = None, **options: Unpack[Options]) -> Callable[[Batches], Batches]:
    """The function for `DataFrame.mapInArrow`; `spark_schema` gives the schema that belongs to it."""

    def unspun_scored(batches: Batches) -> Batches:
        for batch in batches:
            yield from scored_parts(batch, _detector(model), **options)

    return unspun_scored


def spark_schema(schema: StructType, **options: Unpack[Options]) -> StructType:
    """The columns of `scored` for a frame with the columns `schema`. Raises UnspunError for columns or options that
    cannot be used."""
    text, keep = options.get("text", "text"), options.get("keep", ())
    # What is kept stays what it is in Spark, so Arrow need not know its type.
    known = (text, options.get("id"))
    arrow = pa.schema(
        [(field.name, to_arrow_type(field.dataType) if field.name in known else pa.null()) for field in schema]
    )
    columns = from_arrow_schema(output_schema(arrow, **options))
    own_text = text if options.get("unit") == "paragraph" else None
    kept = {name: _kept(schema[name], nullable=name == own_text) for name in keep}
    return StructType([kept.get(column.name, column) for column in columns])


def share_model(session: SparkSession, folder: Path) -> str:
    """Send a model's folder to the executors, once to each, where its Python workers map the same files. Returns what
    `model` takes. Raises UnspunError where there is no model."""
    if not all((folder / name).is_file() for name in (ABOUT, ARRAYS)):
        raise UnspunError(f"There is no model in {folder} to send to the executors.")
    name = f"{folder.resolve().name}-{sha256((folder / ABOUT).read_bytes()).hexdigest()[:12]}"
    # Spark sends no folders, but unpacks archives; this one goes when the session does.
    archive = Path(SparkFiles.getRootDirectory()) / f"{name}.zip"
    if not archive.exists():
        with ZipFile(archive, "w") as packed:
            for part in (ABOUT, ARRAYS):
                packed.write(folder / part, part)
        session.sparkContext.addArchive(f"{archive}#{name}")
    return _SENT + name


def _detector(model: str | None) -> Detector:
    """The one of this process: Spark keeps its Python workers from task to task (`spark.python.worker.reuse`)."""
    sent = model is not None and model.startswith(_SENT)
    return shared_detector(SparkFiles.get(model.removeprefix(_SENT)) if model is not None and sent else model)


def _kept(field: StructField, nullable: bool) -> StructField:
    return StructField(field.name, field.dataType, field.nullable or nullable, field.metadata)
