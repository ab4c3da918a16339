"""conceptwire eval."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from pipeline.cli.context import Context, Json, print_json, write

if TYPE_CHECKING:
    from models.judgment import Guess
    from pipeline.evaluating import Judged, Scored
    from pipeline.wiring import Site

_Glossary = Annotated[Path | None, typer.Option(help="JSON Lines: slug, name, definition, aliases, analogy, example.")]
_Articles = Annotated[Path | None, typer.Option(help="JSON Lines, gzipped if you like: id, title, text.")]
_Qrels = Annotated[Path | None, typer.Option(help="Tab-separated: concept, article, grade (0, 1, 2), under a line of names.")]
_Text = Annotated[str, typer.Option(help="full, or summary: the headline and two sentences, at most 300 characters.")]
_Against = Annotated[
    str | None, typer.Option(metavar="OTHER", help="Beside it: another relevance.toml, or tfidf, names or whole (BM25).")
]
_Cross = Annotated[bool, typer.Option("--cross-validate", help="Learn the calibration anew from the other concepts' judgments.")]
_Baseline = Annotated[Path | None, typer.Option(metavar="FILE", help="Exit with 1 where a metric is under this baseline.")]
_Write = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the metrics as the new baseline.")]

_FEW = 50  # judged pairs under which the figures are chance


def evaluate(
    context: typer.Context,
    glossary: _Glossary = None,
    articles: _Articles = None,
    qrels: _Qrels = None,
    text: _Text = "full",
    against: _Against = None,
    cross_validate: _Cross = False,
    baseline: _Baseline = None,
    write_baseline: _Write = None,
    as_json: Json = False,
) -> None:
    """Measure relevance on judged pairs: nDCG@10, P@5, AP, pooled AP, recall at a precision, calibration.

    Without files: the site's own glossary, its stored articles, and the judgments made with conceptwire judge.

    Example: conceptwire eval --glossary g.jsonl --articles a.jsonl.gz --qrels q.tsv --against tfidf
    """
    from pipeline import evaluating, wiring
    from pipeline.stages.relevance.measuring import measure

    if text not in {"full", "summary"}:
        raise UsageError("--text", f"{text!r} is neither full nor summary", "--text summary")
    told: Context = context.obj
    site = wiring.site(told.config)
    judged = _judged(site, glossary, articles, qrels)
    scored = evaluating.score(judged, site.parameters, text, wiring.background(judged.glossary.language))
    found = evaluating.guesses(judged, scored, crossed=cross_validate)
    metrics = measure(found) | {"text": text, "scorer": site.parameters.scorer, "cross_validated": cross_validate}
    metrics |= {"data": evaluating.digest(judged), "at_cut": evaluating.at_cut(found, site.parameters.cut)}
    metrics |= {"errors": evaluating.errors(judged, scored, found, 8), "related": evaluating.related(scored)}
    if against:
        metrics["against"] = measure(_other(judged, against, text, cross_validate)) | {"scorer": against}
    if as_json:
        print_json(metrics)
    else:
        _draw(metrics)
    _gate(metrics, baseline, write_baseline)


def _judged(site: "Site", glossary: Path | None, articles: Path | None, qrels: Path | None) -> "Judged":
    from pipeline import evaluating

    given = [one for one in (glossary, articles, qrels) if one is not None]
    if not given:
        return evaluating.stored(site)
    if glossary is None or articles is None or qrels is None:
        raise UsageError("eval", "needs all of --glossary, --articles and --qrels, or none of them", "conceptwire eval --help")
    return evaluating.read(glossary, articles, qrels, site.settings.language)


def _other(judged: "Judged", other: str, text: str, cross_validate: bool) -> "list[Guess]":
    from pipeline import evaluating, wiring
    from pipeline.stages.relevance.plain import RANKERS

    if other in RANKERS:
        return judged.guesses(evaluating.plain(judged, other, text))
    if not Path(other).is_file():
        raise UsageError("--against", f"{other!r} is no file and no ranker", f"a relevance.toml, {', '.join(RANKERS)}")
    background = wiring.background(judged.glossary.language)
    scored: Scored = evaluating.score(judged, wiring.parameters(Path(other)), text, background)
    return evaluating.guesses(judged, scored, crossed=cross_validate)


def _gate(metrics: dict[str, Any], baseline: Path | None, write_baseline: Path | None) -> None:
    from pipeline import evaluating

    if write_baseline:
        write(write_baseline, evaluating.baseline_of(metrics, 0.02))
    fallen = evaluating.fallen(metrics, baseline) if baseline else []
    for line in fallen:
        sys.stderr.write(f"conceptwire: {line}\n")
    if fallen:
        raise typer.Exit(1)


def _draw(metrics: dict[str, Any]) -> None:
    from pipeline.stages.relevance.measuring import MEANS, POOLED

    out = sys.stdout.write
    learned = ", cross-validated over concepts" if metrics["cross_validated"] else ""
    told = f"{metrics['pairs']} judged pairs, {metrics['relevant']} relevant; {metrics['scorer']}, {metrics['text']} text"
    out(f"{told}{learned}\n\n")
    other = metrics.get("against")
    if metrics["pairs"] < _FEW:
        out(f"Fewer than {_FEW} pairs say little: conceptwire judge makes more.\n\n")
    for name in (*MEANS, *POOLED):
        low, high = metrics["intervals"][name]
        beside = f"   {other['scorer']}: {other[name]:.3f} ({metrics[name] - other[name]:+.3f})" if other else ""
        out(f"  {name:<12} {metrics[name]:.3f}   (95 % over concepts: {low:.3f} to {high:.3f}){beside}\n")
    cut, related = metrics["at_cut"], metrics["related"]
    out(f"\nAt the cut of {cut['cut']}: {cut['links']} links, precision {cut['precision']:.3f}, recall {cut['recall']:.3f}\n")
    if related:
        told = ", ".join(f"{name} {value:.3f}" for name, value in related.items())
        out(f"Related concepts against those the glossary names: {told}\n")
    measured = {slug: one for slug, one in metrics["per_concept"].items() if one["relevant"]}
    out("\nWorst concepts\n")
    for slug, one in sorted(measured.items(), key=lambda item: item[1]["ap"])[:5]:
        out(f"  {slug:<32} AP {one['ap']:.3f}   {one['relevant']} relevant of {one['pairs']}\n")
    for kind, heading in (("wrong", "Links an editor would strike out"), ("missed", "Good ones under the cut")):
        out(f"\n{heading}\n")
        for one in metrics["errors"][kind]:
            _draw_error(one)


def _draw_error(one: dict[str, Any]) -> None:
    out = sys.stdout.write
    out(f"  {one['relevance']:.2f}  {one['concept']}: {one['title'][:90]}\n")
    terms = ", ".join(f"{term['term']} {term['share']:.3f} ({term['field']})" for term in one["terms"])
    missing = f"; missing {', '.join(one['missing'])}" if one["missing"] else ""
    signals = f"mentions {one['mentions']:g}, context {one['context']:.2f}, field {one['field']:.2f}"
    out(f"        {terms or 'no term'}; {signals}{missing}\n")
