/** Lines over time, drawn by uPlot; its look follows the style sheet. */

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Line {
  label: string;
  /** A custom property of the style sheet, e.g. "--line-1". */
  colour: string;
  values: (number | null)[];
  filled?: boolean;
  /** Go on over what is missing. */
  spanned?: boolean;
}

const HEIGHT = 220;
const FEW = 60;
const DAY = 86_400;

export function Chart({ label, times, lines, unit = "ms", least = 60 }: { label: string; times: number[]; lines: Line[]; unit?: string; /** Seconds that it shows at least. */ least?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = lines.map((line) => `${line.label} ${line.colour}`).join("|");
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(place.clientWidth, lines, unit, least), dataOf(times, lines), place);
    };
    draw();
    const sized = new ResizeObserver(() => {
      if (plot.current && place.clientWidth) plot.current.setSize({ width: place.clientWidth, height: HEIGHT });
    });
    sized.observe(place);
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      sized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
    // Data alone do not build it anew: the next effect puts them in.
  }, [shape, unit, least]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);
  return (
    <figure className="chart" aria-label={label}>
      <div ref={box} role="img" aria-label={label} />
      <figcaption>
        {lines.map((line) => (
          <span key={line.label}>
            <i className={line.colour.replace("--", "is-")} /> {line.label}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function dataOf(times: number[], lines: Line[]): uPlot.AlignedData {
  return [times, ...lines.map((line) => line.values)];
}

function options(width: number, lines: Line[], unit: string, least: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--faint"), grid: { stroke: colour("--edge"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { range: (plot) => reach(plot.data[0], least) }, y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, 1) * 1.1] } },
    axes: [{ ...axis, space: 80, values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => clock(tick, step)) }, { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => `${tick} ${unit}`) }],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.5,
        spanGaps: line.spanned ?? false,
        // A line of few points shows them: one alone would not be seen.
        points: { show: (plot) => (plot.data[0]?.length ?? 0) < FEW, size: 5 },
        ...(line.filled ? { fill: `${colour(line.colour)}33` } : {}),
      })),
    ],
  };
}

/** From the first point to the last, and some time before that where they are few: uPlot shows years around one. */
function reach(times: ArrayLike<number>, least: number): [number, number] {
  const last = times[times.length - 1] ?? Date.now() / 1000;
  return [Math.min(times[0] ?? last, last - least), last];
}

/** Local time in 24 hours, or the day where ticks are days. */
function clock(seconds: number, step: number): string {
  const at = new Date(seconds * 1000);
  if (step >= DAY) return at.toLocaleDateString(undefined, { month: "short", day: "numeric" });
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return at.toLocaleTimeString(undefined, step < 60 ? { ...shown, second: "2-digit" } : shown);
}
