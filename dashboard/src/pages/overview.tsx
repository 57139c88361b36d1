/** All monitors: problems first, filtered and grouped, a thousand of them without a stutter. */

import { useQuery } from "@tanstack/react-query";
import { memo, useDeferredValue, useMemo } from "react";
import { type Glance, overview } from "../api/queries";
import { useTrend, useTrendsOf } from "../api/trends";
import { go, Link, useAddress } from "../router";
import { Bar, Sparkline } from "../ui/bar";
import { Page } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { alertsFrom, Glyph, MonitorStatus } from "../ui/status";
import { Ago } from "../ui/time";
import { localTime, milliseconds, percent } from "../ui/words";
import { useWindowed } from "../ui/windowed";
import { useMay } from "../ui/may";

type Row = { kind: "group"; title: string; count: number } | { kind: "monitor"; monitor: Glance };

interface Filter {
  text: string;
  status: string;
  tag: string;
  grouped: boolean;
}

export function OverviewPage() {
  const query = useQuery(overview);
  const may = useMay();
  const filter = useFilter();
  return (
    <Page
      title="Monitors"
      actions={may.write && <Link to="/monitors/new" className="button primary">Add a monitor</Link>}
    >
      <Shown of={query} rows={12}>
        {(data) =>
          data.items.length ? (
            <>
              <Summary counts={data.counts} problems={data.problems} filter={filter} />
              <Filters filter={filter} tags={data.tags} />
              {!data.complete && <p className="hint">There are more monitors than this page shows; the API has all of them.</p>}
              <List monitors={data.items} filter={filter} />
            </>
          ) : (
            <Empty title="Nothing is watched yet">
              <p>Add the address of something that should always work. The first check comes within a minute.</p>
              {may.write && <Link to="/monitors/new" className="button primary">Add a monitor</Link>}
            </Empty>
          )
        }
      </Shown>
    </Page>
  );
}

function useFilter(): Filter {
  const { searchParams } = useAddress();
  const [text, status, tag] = ["q", "status", "tag"].map((name) => searchParams.get(name) ?? "") as [string, string, string];
  return { text, status, tag, grouped: searchParams.get("group") === "tag" };
}

/** The filter is in the address: it survives going back, and can be sent to somebody. */
function put(filter: Filter): void {
  const query = new URLSearchParams();
  if (filter.text) query.set("q", filter.text);
  if (filter.status) query.set("status", filter.status);
  if (filter.tag) query.set("tag", filter.tag);
  if (filter.grouped) query.set("group", "tag");
  const text = query.toString();
  go(text ? `/?${text}` : "/", { replace: true });
}

function Summary({ counts, problems, filter }: { counts: Record<string, number>; problems: number; filter: Filter }) {
  return (
    <div className="summary" role="group" aria-label="Filter by status">
      {Object.keys(counts).map((status) => (
        <button key={status} type="button" aria-pressed={filter.status === status}
          onClick={() => put({ ...filter, status: filter.status === status ? "" : status })}>
          <Glyph state={status} />
          <b className="num">{counts[status]}</b> {status}
        </button>
      ))}
      <button type="button" aria-pressed={filter.status === "problem"}
        onClick={() => put({ ...filter, status: filter.status === "problem" ? "" : "problem" })}>
        <Glyph state="degraded" />
        <b className="num">{problems}</b> {problems === 1 ? "problem" : "problems"}
      </button>
    </div>
  );
}

function Filters({ filter, tags }: { filter: Filter; tags: string[] }) {
  return (
    <div className="filters">
      <input type="search" aria-label="Part of the name or target" placeholder="Filter by name or target" value={filter.text}
        onChange={(event) => put({ ...filter, text: event.target.value })} />
      <select aria-label="Tag" value={filter.tag} onChange={(event) => put({ ...filter, tag: event.target.value })}>
        <option value="">all tags</option>
        {tags.map((tag) => (
          <option key={tag}>{tag}</option>
        ))}
      </select>
      <label>
        <input type="checkbox" checked={filter.grouped} onChange={(event) => put({ ...filter, grouped: event.target.checked })} /> group by tag
      </label>
    </div>
  );
}

function List({ monitors, filter }: { monitors: Glance[]; filter: Filter }) {
  // Typing stays quick: the list follows when there is time.
  const wanted = useDeferredValue(filter);
  const rows = useMemo(() => rowsOf(monitors, wanted), [monitors, wanted]);
  const { box, from, until, height } = useWindowed(rows.length);
  const shown = rows.slice(from, until);
  const ids = shown.flatMap((row) => (row.kind === "monitor" ? [row.monitor.id] : []));
  useTrendsOf([...new Set(ids)]);
  if (!rows.length) return <Empty title="No monitor is like that"><button type="button" onClick={() => put({ text: "", status: "", tag: "", grouped: false })}>Show all</button></Empty>;
  return (
    <div className="monitors">
      <div className="listhead" aria-hidden="true">
        <span>Monitor</span><span>Status</span><span>24 hours</span><span>Latency</span>
        <span className="uptimes"><i>24 h</i><i>7 d</i><i>30 d</i><i>90 d</i></span>
      </div>
      <div ref={box} className="windowed" style={{ height: rows.length * height }}>
        <ul style={{ transform: `translateY(${from * height}px)` }} aria-label={`${monitors.length} monitors`}>
          {shown.map((row, place) =>
            row.kind === "group" ? (
              <li key={`group ${row.title}`} className="group">
                <h2>{row.title} <span className="faint num">{row.count}</span></h2>
              </li>
            ) : (
              <MonitorRow key={`${row.monitor.id} ${wanted.grouped ? from + place : ""}`} monitor={row.monitor} />
            ),
          )}
        </ul>
      </div>
    </div>
  );
}

/** Choose what is shown; the order is the API's. */
export function rowsOf(monitors: Glance[], filter: Filter): Row[] {
  const text = filter.text.toLowerCase();
  const chosen = monitors.filter(
    (each) =>
      (!text || each.name.toLowerCase().includes(text) || each.target.toLowerCase().includes(text)) &&
      (!filter.tag || each.tags.includes(filter.tag)) &&
      (!filter.status || (filter.status === "problem" ? each.is_problem : each.status === filter.status)),
  );
  const asRow = (monitor: Glance): Row => ({ kind: "monitor", monitor });
  if (!filter.grouped) return chosen.map(asRow);
  const groups = new Map<string, Glance[]>();
  for (const each of chosen)
    for (const tag of each.tags.length ? each.tags : ["without a tag"]) groups.set(tag, [...(groups.get(tag) ?? []), each]);
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([title, members]) => [{ kind: "group" as const, title, count: members.length }, ...members.map(asRow)]);
}

const WINDOWS: { title: string; days: number }[] = [
  { title: "24 hours", days: 1 },
  { title: "7 days", days: 7 },
  { title: "30 days", days: 30 },
  { title: "90 days", days: 90 },
];

/** One uptime; of a window that is longer than the monitor's life it says so. */
function UptimeOf({ value, window, countedFrom }: { value: number | null; window: { title: string; days: number }; countedFrom: string }) {
  const isPartial = value !== null && Date.now() - Date.parse(countedFrom) < window.days * 86_400_000;
  if (!isPartial) return <i title={window.title}>{percent(value)}</i>;
  return (
    <i className="partial" title={`${window.title}: watched since ${localTime(countedFrom)} only`}>
      {percent(value)}<span className="sr"> since {localTime(countedFrom)}</span>
    </i>
  );
}

const MonitorRow = memo(function MonitorRow({ monitor }: { monitor: Glance }) {
  const trend = useTrend(monitor.id);
  const { day, week, month, quarter } = monitor.uptime_percent;
  return (
    <li>
      <Link to={`/monitors/${monitor.id}`} className="monitor">
        <span className="who">
          <b>{monitor.name}</b>
          <span className="faint">{monitor.target}</span>
        </span>
        <span className="where">
          <MonitorStatus of={monitor} />
          <span className="faint">{alertsFrom(monitor.pending) ?? <>since <Ago at={monitor.status_since} /></>}</span>
        </span>
        <Bar cells={trend?.cells} />
        <span className="latency">
          <Sparkline values={trend?.latency_ms} />
          <span className="num">{milliseconds(monitor.latency_ms)}</span>
        </span>
        <span className="uptimes num">
          {[day, week, month, quarter].map((value, place) => (
            <UptimeOf key={place} value={value} window={WINDOWS[place]!} countedFrom={monitor.counted_from} />
          ))}
        </span>
      </Link>
    </li>
  );
});
