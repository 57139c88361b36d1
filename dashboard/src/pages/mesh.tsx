import { useQuery } from "@tanstack/react-query";
import { health, mesh } from "../api/queries";
import type { Schemas } from "../api/request";
import { Page, Panel, Table } from "../ui/page";
import { Shown } from "../ui/states";
import { Status } from "../ui/status";
import { Ago } from "../ui/time";
import { duration, label, milliseconds } from "../ui/words";

/** Is the mesh itself well? Its parts, its queues, and its regions. */
export function MeshPage() {
  const parts = useQuery(health);
  const regions = useQuery(mesh);
  return (
    <Page title="Mesh" head={parts.data && <p className="facts"><Status state={parts.data.status} word={`The mesh is ${parts.data.status}`} /></p>}>
      <Panel title="Regions">
        <Shown of={regions}>{(data) => <Regions regions={data.regions} />}</Shown>
      </Panel>
      <Panel title="Parts">
        <Shown of={parts}>{(data) => <Parts of={data.components} />}</Shown>
      </Panel>
      {regions.data && <p className="hint">Version {regions.data.version}; home is {regions.data.home_region}. <a href="/docs">The REST API</a></p>}
    </Page>
  );
}

function Regions({ regions }: { regions: Schemas["RegionOut"][] }) {
  return (
    <Table label="Regions" head={["Region", "State", "Last result", "Slots answered", "Without a view", "Late, median", "Late, p95", "Late, most"]}>
      {regions.map((each) => (
        <tr key={each.region}>
          <th scope="row">{each.region} {each.is_home && <span className="tag">home</span>}</th>
          <td><Status state={each.status} /></td>
          <td><Ago at={each.last_result_at} /></td>
          <td className="num">{each.answered} of {each.planned}</td>
          <td className="num">{each.abstained}</td>
          <td className="num">{milliseconds(each.lateness_ms?.p50)}</td>
          <td className="num">{milliseconds(each.lateness_ms?.p95)}</td>
          <td className="num">{milliseconds(each.lateness_ms?.most)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Parts({ of }: { of: Schemas["ComponentsOut"] }) {
  const { tables, queues, stream, last_tick, last_result, regions, sight } = of;
  const overdue = queues.oldest_due_alert_seconds;
  const waiting = Object.entries(queues.waiting ?? {});
  const rows: [string, string, React.ReactNode][] = [
    ["Tables", tables.status, "answer"],
    ["Scheduler", last_tick.status, <>last planned a minute <Ago at={last_tick.at} /></>],
    ["Probers", last_result.status, <>newest result <Ago at={last_result.at} /></>],
    ["Verifier", stream.status, <>{milliseconds(stream.lag_ms)} behind when it last read, <Ago at={stream.read_at} /></>],
    ["Regions", regions.status, regions.waiting_for?.length ? `no results yet from ${regions.waiting_for.join(", ")}` : "all have reported"],
    ["Monitors", sight.status, sight.watched == null ? "not looked at yet" : <>{sight.silent} of {sight.watched} cannot be checked, as of <Ago at={sight.at} /></>],
    ["Queues", queues.status, waiting.map(([name, count]) => `${label(name)} ${count}`).join(" · ") || "do not answer"],
    ["Alerts", queues.status, overdue == null ? "none is overdue" : `the oldest is ${duration(overdue)} overdue`],
  ];
  return (
    <Table label="Parts" head={["Part", "State", "What is known"]}>
      {rows.map(([name, state, what]) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td><Status state={state} /></td>
          <td>{what}</td>
        </tr>
      ))}
    </Table>
  );
}
