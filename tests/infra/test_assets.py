"""What is uploaded: each function's own code and nothing else, importable as Lambda imports it.

`sam local` finds code and handlers by the same metadata.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.handlers import module_of
from tests.infra.mesh import FunctionInTemplate, MeshInTemplates
from tests.infra.synthesizing import REPOSITORY
from tests.infra.templates import Assembly

LAYER = "AWS::Lambda::LayerVersion"
NAMES = ("api", "scheduler", "prober", "verifier", "alerter", "rollup", "publisher")


def code_of(mesh: MeshInTemplates, function: FunctionInTemplate) -> Path:
    asset = function.resource.asset
    assert asset is not None
    return mesh.assembly.folder / asset


def test_every_function_and_layer_says_where_its_files_are(standard: Assembly) -> None:
    for kind, holder in (("AWS::Lambda::Function", "Code"), (LAYER, "Content")):
        for _, each in standard.all_of(kind):
            assert each.raw["Metadata"]["aws:asset:property"] == holder
            assert each.asset is not None
            assert (standard.folder / each.asset).is_dir()


def test_every_function_has_both_layers_of_its_own_stack(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        layers = [each.logical_id for each in function.template.of_kind(LAYER)]
        assert function.properties["Layers"] == layers
        assert len(layers) == 2


def test_the_layer_of_apprise_is_off_unless_asked_for_and_the_alerters_alone(
    standard: Assembly, other: Assembly
) -> None:
    def layers_of(assembly: Assembly) -> dict[str, int]:
        mesh = MeshInTemplates(assembly)
        return {each.name: len(each.properties["Layers"]) for each in mesh.functions}

    assert layers_of(standard) == dict.fromkeys(NAMES, 2)
    assert layers_of(other) == {**dict.fromkeys(NAMES, 2), "alerter": 3}
    (layer,) = [
        each for each in other.home.of_kind(LAYER) if "Apprise" in each.properties["Description"]
    ]
    content = other.folder / str(layer.asset) / "python"
    assert (content / "apprise" / "__init__.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_function_carries_its_own_code_and_nothing_else(name: str, mesh: MeshInTemplates) -> None:
    code = code_of(mesh, mesh.function(name))
    uploaded = {each.relative_to(code) for each in code.rglob("*") if each.is_file()}
    assert Path("functions/__init__.py") in uploaded
    assert Path(*module_of(name).split(".")).with_suffix(".py") in uploaded
    own = {each for each in uploaded if each.parts[:2] == ("functions", name)}
    assert uploaded - own == {Path("functions/__init__.py")}
    assert not [each for each in uploaded if "__pycache__" in each.parts]


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_imports_from_what_is_uploaded(name: str, mesh: MeshInTemplates) -> None:
    """Nothing of the project is in reach but the function's code and the common layer."""
    function = mesh.function(name)
    common = next(
        mesh.assembly.folder / str(each.asset)
        for each in function.template.of_kind(LAYER)
        if "sentinelmesh package" in each.properties["Description"]
    )
    module, _, attribute = function.properties["Handler"].rpartition(".")
    places = [str(code_of(mesh, function)), str(common / "python")]
    program = (
        f"import sys; sys.path[:0] = {places!r}; import {module} as handler; "
        f"print(handler.__file__, callable(handler.{attribute}))"
    )
    found = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-I", "-B", "-c", program],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    file, is_callable = found.stdout.split()
    assert Path(file).is_relative_to(code_of(mesh, function))
    assert is_callable == "True"


def test_the_dependency_layer_is_for_the_functions_processor(standard: Assembly) -> None:
    (dependencies,) = [
        each for each in standard.home.of_kind(LAYER) if "Locked" in each.properties["Description"]
    ]
    assert dependencies.properties["CompatibleArchitectures"] == ["arm64"]
    assert dependencies.properties["CompatibleRuntimes"] == ["python3.13"]
    content = standard.folder / str(dependencies.asset) / "python"
    compiled = {each.name for each in content.rglob("*.so")}
    assert compiled
    assert not [each for each in compiled if "x86_64" in each]


def test_a_layer_fits_into_what_lambda_allows(standard: Assembly) -> None:
    total = sum(
        file.stat().st_size
        for each in standard.home.of_kind(LAYER)
        for file in (standard.folder / str(each.asset)).rglob("*")
        if file.is_file()
    )
    assert total < 250_000_000


def test_nothing_of_the_project_is_uploaded_twice(mesh: MeshInTemplates) -> None:
    """Probers of all regions run the same code: an asset is named by its content."""
    probers = {each.resource.asset for each in mesh.functions if each.name == "prober"}
    assert len(probers) == 1
    assert (REPOSITORY / "functions" / "prober").is_dir()
