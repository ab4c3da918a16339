"""conceptwire learn."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.context import Context, Json, print_json

if TYPE_CHECKING:
    from config.relevance_file import Written
    from pipeline.learning import Group, Report

_FIGURES = {
    "log_loss": "log loss (less is better)",
    "pooled_ap": "average precision, all pairs",
    "precision": "precision at the cut",
    "recall": "recall at the cut",
    "right_linked": "right ones linked",
    "wrong_left_out": "wrong ones left out",
}


def learn(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be learned, and write nothing.")] = False,
    qrels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Judgments beside the store's own, as judge --export writes them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit the scorer's weights to this site, from what was pinned, kept, hidden and judged.

    New weights are kept only where they help, cross-validated: in relevance.toml of the site's folder. The cut stays.

    Example: conceptwire --config news learn --dry-run
    """
    from config import relevance_file
    from pipeline import learning, wiring

    told: Context = context.obj
    site = wiring.site(told.config)
    if not dry_run:
        relevance_file.check(site.folder)
    report = learning.learn(site, qrels)
    written = None
    if report.weights and not dry_run:
        written = relevance_file.write(site.folder, report.weights, _note(report))
    if as_json:
        groups = [one.as_json() for one in report.groups]
        path = str(written.path) if written else None
        print_json({"cut": site.parameters.cut, "groups": groups, "left_out": report.left_out, "written": path})
    elif not told.quiet:
        _draw(report, site.parameters.cut, dry_run=dry_run)
        if written:
            _next(written)


def _note(report: "Report") -> str:
    """For the head of the file; the same pairs make the same file."""
    told = (f"[{', '.join(one.kinds)}] from {one.right} right and {one.wrong} wrong pairs" for one in report.groups if one.kept)
    return "; ".join(told) + " of this site. Figures in the comments below are those of the weights before."


def _draw(report: "Report", cut: float, *, dry_run: bool) -> None:
    for one in report.groups:
        _draw_group(one, cut, dry_run=dry_run)
    for reason, count in report.left_out.items():
        if count:
            sys.stdout.write(f"Left out: {count}, {reason}\n")


def _draw_group(one: "Group", cut: float, *, dry_run: bool) -> None:
    out = sys.stdout.write
    out(f"{' and '.join(one.kinds)}: {one.right + one.wrong} pairs ({one.right} right, {one.wrong} wrong)")
    if one.learned is None:
        out(f". {_lacking(one)} Nothing changes. Next: conceptwire review\n")
        return
    out(f" of {one.concepts} concepts; cut {cut}, cross-validated over {one.learned.over}\n")
    out(f"  {'':<28} {'now':>8} {'learned':>8}\n")
    for name, meaning in _FIGURES.items():
        before, after = getattr(one.learned.before, name), getattr(one.learned.after, name)
        shown = f"{before:>8} {after:>8}" if isinstance(before, int) else f"{before:>8.3f} {after:>8.3f}"
        out(f"  {meaning:<28} {shown}\n")
    if not one.kept:
        out("  Not better by more than chance, or less precise: nothing changes.\n")
        return
    from pipeline.stages.relevance.refitting import changed

    moved = changed(one.before, one.learned.calibration)
    told = ", ".join(f"{name} {was:g} to {now:g}" for name, (was, now) in moved.items())
    out(f"  {'Would be kept' if dry_run else 'Kept'}: {told}\n")


def _lacking(one: "Group") -> str:
    """What is missing before anything can be learned."""
    told = [f"{one.missing} more are needed"] if one.missing else []
    told += ["a right one is needed" if not one.right else "a wrong one is needed"] if not (one.right and one.wrong) else []
    return f"{' and '.join(told).capitalize()}."


def _next(written: "Written") -> None:
    back = f"mv {written.before} {written.path}" if written.before else f"rm {written.path}"
    sys.stdout.write(f"Wrote {written.path}. The next run scores every article anew (reason: model). To go back: {back}\n")
