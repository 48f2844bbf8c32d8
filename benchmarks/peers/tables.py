"""Results as tables and as a picture: `python -m benchmarks.peers.tables RESULTS --plot FILE` draws them anew."""

import argparse
import json
from pathlib import Path
from typing import Any

BASELINE = "llama_index_tutorial"

NAMES = {
    "footnote": "Footnote",
    "llama_index_tutorial": "LlamaIndex, tutorial",
    "txtai_hybrid": "txtai, hybrid",
    "haystack_memory": "Haystack, hybrid",
    "langchain_faiss": "LangChain, FAISS",
    "chroma": "Chroma",
    "haiku_rag": "haiku.rag, hybrid",
}

_HEAD = (
    *("documents", "system", "documents/s", "tokens/s", "of LlamaIndex", "memory, MB", "folder, MB"),
    *("cold, s", "memory, MB", "warm p50, ms", "p95", "recall@5"),
)


def table(results: dict[str, Any]) -> str:
    """The machine's limits, and each system at each size it was measured at."""
    limits = results["limits"]
    lines = [
        f"{limits['processor']}, {limits['cores']} cores, {', '.join(limits['instructions'])}.",
        "",
        "| limit | fp32 | bf16 | int8 |",
        "|---|---|---|---|",
        "| GFLOP/s | " + " | ".join(f"{limits['gflops'][kind]:,.0f}" for kind in ("fp32", "bf16", "int8")) + " |",
        "| tokens/s | "
        + " | ".join(f"{limits['tokens_per_s'][kind]:,.0f}" for kind in ("fp32", "bf16", "int8"))
        + " |",
        "",
        f"Memory is copied at {limits['copy_gb_per_s']:.0f} GB/s.",
        "",
        f"| {' | '.join(_HEAD)} |",
        "|---" * len(_HEAD) + "|",
    ]
    for count in results["tokens"]:
        for module, sizes in results["systems"].items():
            if count in sizes:
                lines += [f"| {int(count):,} | {row} |" for row in _rows(results, module, count)]
    lines += ["", "Versions: " + ", ".join(f"{name} {version}" for name, version in results["versions"].items()) + "."]
    return "\n".join(lines)


def _rows(results: dict[str, Any], module: str, count: str) -> list[str]:
    found, baseline = results["systems"][module][count], results["systems"][BASELINE].get(count)
    name = NAMES[module]
    if "failed" in found:
        return [" | ".join([name, f"failed: {found['failed']}", *("" for _ in _HEAD[3:])])]
    ratio = f"{found['tokens_per_s'] / baseline['tokens_per_s']:.2f}" if baseline else ""
    ingest = [
        f"{found['documents_per_s']:.1f}",
        f"{found['tokens_per_s']:,.0f}",
        ratio,
        f"{found['ingest_mb']:,.0f}",
        f"{found['folder_mb']:.1f}",
    ]
    rows = [" | ".join([name, *ingest, *_asked(found, "")])]
    if "reader_cold_s" in found:
        rows.append(" | ".join([f"{name}, with its reader", *("" for _ in ingest), *_asked(found, "reader_")]))
    return rows


def _asked(found: dict[str, Any], prefix: str) -> list[str]:
    return [
        f"{found[f'{prefix}cold_s']:.2f}",
        f"{found[f'{prefix}cold_mb']:,.0f}",
        f"{found[f'{prefix}warm_p50_ms']:.1f}",
        f"{found[f'{prefix}warm_p95_ms']:.1f}",
        f"{found[f'{prefix}recall']:.3f}",
    ]


def plot(results: dict[str, Any], file: Path) -> None:
    """Tokens a second, seconds of a cold question and its memory, by system, at the smallest size."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    count = next(iter(results["tokens"]))
    found = {NAMES[m]: sizes[count] for m, sizes in results["systems"].items() if "failed" not in sizes[count]}
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 3.2), sharey=True, layout="constrained")
    shown = (
        ("tokens_per_s", "tokens/s, ingest"),
        ("cold_s", "seconds, cold question"),
        ("cold_mb", "MB, cold question"),
    )
    for panel, (key, title) in zip(panels, shown, strict=True):
        values = [values[key] for values in found.values()]
        colours = ["#1f6f54" if name == NAMES["footnote"] else "#9aa5ab" for name in found]
        bars = panel.barh(list(found), values, color=colours)
        panel.bar_label(bars, [f"{value:,.1f}" if value < 100 else f"{value:,.0f}" for value in values], padding=3)
        panel.set_title(title, loc="left", fontsize=10)
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_xlim(0, max(values) * 1.2)
    panels[0].invert_yaxis()
    figure.savefig(file, dpi=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    kept = json.loads(arguments.results.read_text(encoding="utf-8"))
    print(table(kept))
    if arguments.plot:
        plot(kept, arguments.plot)
