import { memo } from "react";
import type { Trend } from "../api/trends";

const WORDS: Record<string, string> = {
  up: "up", degraded: "slow", failing: "a failed probe, no incident", down: "an incident", unknown: "no view", empty: "no result",
};

/** 24 hours in half hours. Height tells what colour tells. */
export const Bar = memo(function Bar({ cells }: { cells: Trend["cells"] | undefined }) {
  const shown = cells ?? Array<"empty">(48).fill("empty");
  return (
    <span className="bar" role="img" aria-label={cells ? summary(cells) : "The last 24 hours are being read"}>
      {shown.map((cell, place) => (
        <i key={place} className={`cell-${cell}`} />
      ))}
    </span>
  );
});

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
