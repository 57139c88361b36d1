import { memo } from "react";
import type { Trend } from "../api/trends";

const WORDS: Record<string, string> = {
  up: "up", degraded: "slow", failing: "a failed probe, no incident", down: "an incident", unknown: "no view", empty: "no result",
};

type Cell = Trend["cells"][number];

const HIGH = 24;
const HEIGHTS: Record<string, number> = { up: HIGH, down: HIGH, degraded: 18, failing: 13, unknown: 7, empty: 3 };
const CELLS = 48;

/** 24 hours in half hours. Height tells what colour tells. A path for each colour: a long list is drawn quickly. */
export const Bar = memo(function Bar({ cells }: { cells: Trend["cells"] | undefined }) {
  const shown = cells ?? Array<Cell>(CELLS).fill("empty");
  return (
    <svg className="bar" viewBox={`0 0 ${shown.length} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label={cells ? summary(cells) : "The last 24 hours are being read"}>
      {[...new Set(shown)].map((kind) => <path key={kind} className={`cell-${kind}`} d={columns(shown, kind)} />)}
    </svg>
  );
});

/** The columns of one kind, each with a gap to the next. */
function columns(cells: Cell[], kind: Cell): string {
  const height = HEIGHTS[kind] ?? HIGH;
  return cells.flatMap((cell, place) => (cell === kind ? [`M${place} ${HIGH - height}h.8v${height}h-.8z`] : [])).join("");
}

function summary(cells: Trend["cells"]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const parts = [...counts].map(([cell, count]) => `${count} ${WORDS[cell]}`);
  return `The last 24 hours in half hours: ${parts.join(", ")}`;
}

export const Sparkline = memo(function Sparkline({ values }: { values: (number | null)[] | undefined }) {
  return (
    <svg className="sparkline" viewBox="0 0 96 24" preserveAspectRatio="none" aria-hidden="true">
      <path d={values ? line(values, 96, 24) : ""} />
    </svg>
  );
});

/** Draw a line through what is there, with gaps where nothing is. */
export function line(values: (number | null)[], width: number, height: number): string {
  const there = values.filter((value) => value !== null);
  const most = Math.max(...there, 1) * 1.1;
  const step = width / Math.max(values.length - 1, 1);
  let path = "";
  let pen = "M";
  for (const [place, value] of values.entries()) {
    if (value === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${(place * step).toFixed(1)} ${(height - (value / most) * height).toFixed(1)}`;
    // A value alone among gaps is still seen: a line of no length has a round end.
    if (pen === "M") path += "h.1";
    pen = "L";
  }
  return path;
}
