import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Monitor, uptime, type Window } from "../api/queries";
import type { Schemas } from "../api/request";
import { Chart } from "../ui/chart";
import { Panel } from "../ui/page";
import { Shown } from "../ui/states";
import { Moment } from "../ui/time";
import { duration, milliseconds, percent } from "../ui/words";

const WINDOWS: [Window, string][] = [["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"]];

const SECONDS: Record<string, number> = { "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400, "90d": 90 * 86_400 };

export function Uptime({ monitor }: { monitor: Monitor }) {
  const [window, setWindow] = useState<Window>("24h");
  const query = useQuery(uptime(monitor.id, window));
  return (
    <Panel title="Uptime" aside={
      <div className="tabs" role="group" aria-label="Window">
        {WINDOWS.map(([each, title]) => (
          <button key={each} type="button" aria-pressed={each === window} onClick={() => setWindow(each)}>{title}</button>
        ))}
      </div>
    }>
      <Shown of={query}>{(figures) => <Figures figures={figures} />}</Shown>
    </Panel>
  );
}

function Figures({ figures }: { figures: Schemas["UptimeOut"] }) {
  const isPartial = Date.now() - Date.parse(figures.counted_from) < 0.98 * (SECONDS[figures.window] ?? 0) * 1000;
  const tiles: [string, string, string][] = [
    ["Uptime", percent(figures.uptime_percent, 3), "time without a confirmed incident"],
    ["Coverage", percent(figures.coverage_percent, 3), "planned slots with a result"],
    ["Probes passed", percent(figures.success_percent, 3), "of those that saw anything"],
    ["Downtime", duration(figures.downtime_seconds), `${figures.incidents} ${figures.incidents === 1 ? "incident" : "incidents"}`],
  ];
  return (
    <>
      <div className="tiles">
        {tiles.map(([name, value, more]) => (
          <div key={name}>
            <span>{name}</span>
            <b className="num">{value}</b>
            <span className="faint">{more}</span>
          </div>
        ))}
      </div>
      {figures.slo && <Objective slo={figures.slo} />}
      <Series figures={figures} />
      <p className="hint">
        Counted from <Moment at={figures.counted_from} />
        {isPartial && ", when watching began: the window is not full yet"}
      </p>
    </>
  );
}

function Objective({ slo }: { slo: Schemas["ObjectiveOut"] }) {
  return (
    <p role="status">
      {slo.is_met ? "● Target met" : "✕ Target missed"}: {percent(slo.target_percent, 3)} allows {duration(slo.budget_seconds)} of
      downtime in this window, {duration(slo.spent_seconds)} are spent. {percent(slo.left_percent, 1)} of the budget are left;
      burn rate {slo.burn_rate}.
    </p>
  );
}

function Series({ figures }: { figures: Schemas["UptimeOut"] }) {
  const { times, lines } = useMemo(
    () => ({
      times: figures.series.map((point) => Date.parse(point.at) / 1000),
      lines: [{ label: "Latency, all regions", colour: "--line-1", values: figures.series.map((point) => point.latency_ms), filled: true }],
    }),
    [figures.series],
  );
  if (!times.length) return <p className="hint">There are no results in this window yet.</p>;
  return (
    <>
      <Chart label="Latency over the window" times={times} lines={lines} least={6 * 3600} />
      <table className="quantiles">
        <caption className="sr">Latency by region</caption>
        <thead>
          <tr><th scope="col">Region</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">p99</th></tr>
        </thead>
        <tbody>
          {Object.entries(figures.latency_ms).map(([region, quantiles]) => (
            <tr key={region}>
              <th scope="row">{region}</th>
              {([quantiles.p50, quantiles.p95, quantiles.p99]).map((value, place) => <td key={place} className="num">{milliseconds(value)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
