"""conceptwire eval."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import UsageError
from pipeline.cli.context import Context, Json, print_json

_Glossary = Annotated[Path, typer.Option(help="JSON Lines: slug, name, definition, aliases, analogy, example.")]
_Articles = Annotated[Path, typer.Option(help="JSON Lines, gzipped if you like: id, title, text.")]
_Qrels = Annotated[Path, typer.Option(help="Tab-separated: concept, article, grade (0, 1, 2), under a line of names.")]
_Text = Annotated[str, typer.Option(help="full, or summary: the headline and two sentences, at most 300 characters.")]
_Baseline = Annotated[Path | None, typer.Option(metavar="FILE", help="Exit with 1 where a metric is under this baseline.")]
_Write = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the metrics as the new baseline.")]


def evaluate(
    context: typer.Context,
    glossary: _Glossary,
    articles: _Articles,
    qrels: _Qrels,
    text: _Text = "full",
    baseline: _Baseline = None,
    write_baseline: _Write = None,
    as_json: Json = False,
) -> None:
    """Measure relevance on judged pairs: nDCG@10, P@5, AP, pooled AP, recall at a precision, calibration.

    Example: conceptwire eval --glossary g.jsonl --articles a.jsonl.gz --qrels q.tsv --json
    """
    from config import loading
    from pipeline import evaluating
    from pipeline.stages.relevance.measuring import measure

    if text not in {"full", "summary"}:
        raise UsageError("--text", f"{text!r} is neither full nor summary", "--text summary")
    told: Context = context.obj
    place = loading.folder(told.config)
    parameters = loading.parameters(place)
    judged = evaluating.read(glossary, articles, qrels, loading.settings(place).language)
    found = evaluating.guesses(judged, parameters, text)
    metrics = measure(found) | {"text": text, "scorer": parameters.scorer}
    metrics |= {"data": evaluating.digest(glossary, articles, qrels), "at_cut": evaluating.at_cut(found, parameters.cut)}
    metrics |= {"errors": evaluating.errors(found, parameters.cut, 8)}
    if as_json:
        print_json(metrics)
    else:
        _draw(metrics)
    _gate(metrics, baseline, write_baseline)


def _gate(metrics: dict[str, Any], baseline: Path | None, write_baseline: Path | None) -> None:
    from pipeline import evaluating

    if write_baseline:
        write_baseline.write_text(evaluating.baseline_of(metrics, 0.02), encoding="utf-8")
    fallen = evaluating.fallen(metrics, baseline) if baseline else []
    for line in fallen:
        sys.stderr.write(f"conceptwire: {line}\n")
    if fallen:
        raise typer.Exit(1)


def _draw(metrics: dict[str, Any]) -> None:
    from pipeline.stages.relevance.measuring import MEANS, POOLED

    out = sys.stdout.write
    out(f"{metrics['pairs']} judged pairs, {metrics['relevant']} relevant; {metrics['scorer']}, {metrics['text']} text\n\n")
    for name in (*MEANS, *POOLED):
        low, high = metrics["intervals"][name]
        out(f"  {name:<12} {metrics[name]:.3f}   (95 % over concepts: {low:.3f} to {high:.3f})\n")
    cut = metrics["at_cut"]
    out(f"\nAt the cut of {cut['cut']}: {cut['links']} links, precision {cut['precision']:.3f}, recall {cut['recall']:.3f}\n")
    measured = {slug: one for slug, one in metrics["per_concept"].items() if one["relevant"]}
    out("\nWorst concepts\n")
    for slug, one in sorted(measured.items(), key=lambda item: item[1]["ap"])[:5]:
        out(f"  {slug:<32} AP {one['ap']:.3f}   {one['relevant']} relevant of {one['pairs']}\n")
    for kind, heading in (("wrong", "Links an editor would strike out"), ("missed", "Good ones under the cut")):
        out(f"\n{heading}\n")
        for one in metrics["errors"][kind]:
            out(f"  {one['relevance']:.2f}  {one['concept']}: {one['title'][:90]}\n")
