import { useMemo, useState } from "react";
import type { Result } from "../api/queries";
import { Chart, type Line } from "../ui/chart";
import { Panel } from "../ui/page";

const COLOURS = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6"];
type View = "region" | "phase";

/** Latency of the last results: a line for each region, or the phases of each probe. */
export function Latency({ results, regions }: { results: Result[]; regions: string[] }) {
  const [view, setView] = useState<View>("region");
  const measured = useMemo(
    () => results.filter((each) => each.outcome === "success" && each.latency_ms !== null).reverse(),
    [results],
  );
  const times = useMemo(() => measured.map((each) => Date.parse(each.started_at) / 1000), [measured]);
  const lines = useMemo(() => (view === "region" ? byRegion(measured, regions) : byPhase(measured)), [measured, regions, view]);
  return (
    <Panel title={`Latency of the last ${results.length} probes`} aside={
      <div className="tabs" role="group" aria-label="Lines">
        <button type="button" aria-pressed={view === "region"} onClick={() => setView("region")}>by region</button>
        <button type="button" aria-pressed={view === "phase"} onClick={() => setView("phase")}>by phase</button>
      </div>
    }>
      {measured.length ? <Chart label={`Latency by ${view}`} times={times} lines={lines} /> : <p className="hint">No probe has passed yet.</p>}
    </Panel>
  );
}

function byRegion(results: Result[], regions: string[]): Line[] {
  const all = [...new Set([...regions, ...results.map((each) => each.region)])];
  return all.map((region, place) => ({
    label: region,
    colour: COLOURS[place % COLOURS.length] ?? "--line-1",
    values: results.map((each) => (each.region === region ? each.latency_ms : null)),
    // Regions take turns: what lies between two turns of one is no gap.
    spanned: true,
  }));
}

/** Each line is when a phase was over, counted from the beginning of the probe. */
function byPhase(results: Result[]): Line[] {
  const ends = results.map(({ timings }) => {
    const dns = timings?.dns_ms ?? 0;
    const connect = dns + (timings?.connect_ms ?? 0);
    const tls = connect + (timings?.tls_ms ?? 0);
    return { dns, connect, tls, first: timings?.ttfb_ms ?? null, total: timings?.total_ms ?? null };
  });
  return [
    { label: "whole answer", colour: "--line-4", values: ends.map((each) => each.total), filled: true },
    { label: "first byte", colour: "--line-2", values: ends.map((each) => each.first), filled: true },
    { label: "TLS", colour: "--line-3", values: ends.map((each) => each.tls), filled: true },
    { label: "connected", colour: "--line-1", values: ends.map((each) => each.connect), filled: true },
    { label: "DNS", colour: "--line-5", values: ends.map((each) => each.dns), filled: true },
  ];
}
