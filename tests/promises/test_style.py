"""The figures of the house style, measured."""

import ast
import io
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OURS = sorted(path for folder in ("models", "config", "pipeline", "scripts") for path in (ROOT / folder).rglob("*.py"))


def body_lines(path: Path) -> dict[str, int]:
    """Body lines of each function: without signature, docstring, blanks and comments."""
    source = path.read_text()
    code_lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in {
            tokenize.COMMENT,
            tokenize.NL,
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.ENDMARKER,
        }:
            code_lines.update(range(token.start[0], token.end[0] + 1))
    lengths = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = {n for statement in body for n in range(statement.lineno, (statement.end_lineno or 0) + 1)}
            lengths[f"{path.relative_to(ROOT)}:{node.name}"] = len(lines & code_lines)
    return lengths


def test_nine_functions_in_ten_have_at_most_20_body_lines_and_none_over_40():
    lengths = {name: count for path in OURS for name, count in body_lines(path).items()}
    assert len(lengths) > 100
    assert {name: count for name, count in lengths.items() if count > 40} == {}
    assert sum(count <= 20 for count in lengths.values()) >= 0.9 * len(lengths)


def test_no_file_has_more_than_300_lines():
    everything = [*OURS, *(ROOT / "tests").rglob("*.py")]
    assert {str(path.relative_to(ROOT)): n for path in everything if (n := len(path.read_text().splitlines())) > 300} == {}


def test_every_module_says_what_it_is():
    assert [
        str(path) for path in OURS if "versions" not in path.parts and not ast.get_docstring(ast.parse(path.read_text()))
    ] == []


def test_nothing_is_left_to_do():
    marks = ("TODO", "FIXME", "XXX")
    assert [str(path) for path in OURS if any(mark in path.read_text() for mark in marks)] == []


def test_only_the_border_catches_everything():
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]
    assert [place.split(":")[0] for place in broad] == ["pipeline/adapters/workers.py"]
