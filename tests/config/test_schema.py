"""The published JSON Schema, and the examples."""

from __future__ import annotations

import json

import pytest

from gradcut import paths
from gradcut.config import EXAMPLES, example, published_schema
from gradcut.errors import DeclarationError

pytest.importorskip("yaml")
pytest.importorskip("pydantic")
jsonschema = pytest.importorskip("jsonschema")

from gradcut.config.json_schema import json_schema, text_of  # noqa: E402  (needs pydantic)
from gradcut.config.make_task import make_task  # noqa: E402
from gradcut.config.reading import parse_analysis  # noqa: E402
from gradcut.config.yaml_nodes import load  # noqa: E402

pytestmark = pytest.mark.yaml


def test_the_published_schema_is_that_of_the_code() -> None:
    # python -c "from gradcut.config.json_schema import *; print(text_of(json_schema()), end='')"
    made = json.loads(text_of(json_schema()))
    published = json.loads(published_schema())
    assert published["$defs"].keys() == made["$defs"].keys()
    assert published == made


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_fit_the_schema_and_a_typo_does_not(name: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    data = load(example(name), name).data
    assert list(validator.iter_errors(data)) == []
    data["samples"]["wieght"] = data["samples"].pop("processes")
    assert len(list(validator.iter_errors(data))) >= 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cuts", "cuts"),
        ("working-points", "scan"),
        ("bins", "bins"),
        ("observable", "observable"),
        ("joint", "joint"),
        ("triggers", "menu"),
    ],
)
def test_examples_declare_what_they_are_for(name: str, kind: str) -> None:
    task = make_task(parse_analysis(example(name), folder=paths.sample_dir()))
    assert task.kind == kind
    assert len(task.samples.processes) >= 2


def test_an_unknown_example_is_said() -> None:
    with pytest.raises(DeclarationError, match="did you mean 'cuts'"):
        example("cutz")
