/** One monitor: where it stands, how it answered from each region, and every decision about it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { offers } from "../api/offers";
import { type Monitor, monitor as monitorOf, results as resultsOf } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { go, Link } from "../router";
import { Confirm, Dialog } from "../ui/dialog";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Panel } from "../ui/page";
import { Shown } from "../ui/states";
import { alertsFrom, MonitorStatus } from "../ui/status";
import { Ago, Moment } from "../ui/time";
import { duration, label } from "../ui/words";
import { Latency } from "./monitor_latency";
import { MonitorIncidents, Ledger } from "./monitor_ledger";
import { Checked, HeatMap, LastResults } from "./monitor_results";
import { Uptime } from "./monitor_uptime";

const NEWEST = 200;
const Backtest = lazy(async () => ({ default: (await import("./backtest")).Backtest }));

export function MonitorPage({ id }: { id: string }) {
  const query = useQuery(monitorOf(id));
  const newest = useQuery(resultsOf(id, NEWEST));
  return (
    <Shown of={query}>
      {(monitor) => (
        <Page title={monitor.name} head={<Head monitor={monitor} />} actions={<Actions monitor={monitor} />}>
          <Uptime monitor={monitor} />
          <Shown of={newest}>
            {({ items }) => (
              <>
                <Latency results={items} regions={monitor.regions} />
                <HeatMap results={items} monitor={monitor} />
              </>
            )}
          </Shown>
          <div className="columns">
            <MonitorIncidents id={id} />
            <Settings monitor={monitor} results={newest.data?.items ?? []} />
          </div>
          <Ledger id={id} />
          {offers("post", "/v1/monitors/{monitor_id}/backtest") && (
            <Suspense fallback={null}>
              <Backtest monitor={monitor} />
            </Suspense>
          )}
          <Shown of={newest}>{({ items }) => <LastResults results={items} />}</Shown>
        </Page>
      )}
    </Shown>
  );
}

function Head({ monitor }: { monitor: Monitor }) {
  return (
    <div className="stack">
      <p className="target">
        <span className="kind">{label(monitor.kind)}</span> <bdi>{monitor.target}</bdi>
      </p>
      <p className="facts">
        <MonitorStatus of={monitor} />
        <span>since <Ago at={monitor.status_since} /></span>
        <span>last check <Ago at={monitor.last_checked_at} /></span>
        {monitor.next_check_at && <span>next <Ago at={monitor.next_check_at} /></span>}
        {monitor.tags.map((tag) => (
          <Link key={tag} className="tag" to={`/?tag=${encodeURIComponent(tag)}`}>{tag}</Link>
        ))}
      </p>
      {monitor.pending && <PendingNote pending={monitor.pending} />}
    </div>
  );
}

/** Why a monitor is still pending, and from when on it notifies anybody. */
function PendingNote({ pending }: { pending: Schemas["PendingOut"] }) {
  const reason = pending.detail ?? pending.error;
  if (pending.phase === "first_check_running") return <p className="hint" role="status">All regions are checking it now; the first answer is here in a few seconds.</p>;
  if (pending.phase === "failing")
    return (
      <p className="hint" role="status">
        Failing{reason && `: ${reason}`}. {alertsFrom(pending) ? `In its grace period it notifies nobody: ${alertsFrom(pending)}.` : "Its grace period is over, and the failure is being confirmed."}
      </p>
    );
  return reason ? <p className="hint" role="status">{reason}</p> : null;
}

function Actions({ monitor }: { monitor: Monitor }) {
  const may = useMay();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const [seen, setSeen] = useState<Schemas["CheckOut"] | null>(null);
  const at = { monitor_id: monitor.id };
  const headers = { "If-Match": `"${monitor.revision}"` };
  const check = useMutation({
    mutationFn: () => call("post", "/v1/monitors/{monitor_id}/check", { at, body: {} }),
    onSuccess: (answer) => {
      setSeen(answer);
      void client.invalidateQueries({ queryKey: ["monitor", monitor.id] });
    },
    onError: notifyFailure,
  });
  const halt = useMutation({
    mutationFn: () =>
      monitor.status === "paused"
        ? call("post", "/v1/monitors/{monitor_id}/resume", { at, body: {}, headers })
        : call("post", "/v1/monitors/{monitor_id}/pause", { at, body: {}, headers }),
    onSuccess: (changed) => {
      client.setQueryData(monitorOf(monitor.id).queryKey, changed);
      void client.invalidateQueries({ queryKey: ["overview"] });
    },
    onError: notifyFailure,
  });
  const remove = useMutation({
    mutationFn: () => call("delete", "/v1/monitors/{monitor_id}", { at, headers }),
    onSuccess: () => {
      notify(`${monitor.name} was deleted. Its results, incidents and decisions stay for their time.`);
      client.removeQueries({ queryKey: ["monitor", monitor.id] });
      void client.invalidateQueries({ queryKey: ["overview"] });
      go("/");
    },
    onError: notifyFailure,
  });
  if (!may.write) return null;
  return (
    <>
      <button type="button" className="primary" onClick={() => check.mutate()} disabled={check.isPending}>{check.isPending ? "Asking all regions …" : "Check now"}</button>
      <Link className="button" to={`/monitors/${monitor.id}/edit`}>Edit</Link>
      <button type="button" onClick={() => halt.mutate()} disabled={halt.isPending}>{monitor.status === "paused" ? "Resume" : "Pause"}</button>
      <button type="button" className="danger" onClick={() => setDeleting(true)}>Delete</button>
      {deleting && (
        <Confirm title={`Delete ${monitor.name}?`} action="Delete" run={() => remove.mutate()} close={() => setDeleting(false)}>
          <p>It is watched no longer, and an open incident is closed without a message. This cannot be taken back.</p>
        </Confirm>
      )}
      {seen && (
        <Dialog wide title="What each region sees now" close={() => setSeen(null)}>
          <Checked answer={seen} />
        </Dialog>
      )}
    </>
  );
}

function Settings({ monitor, results }: { monitor: Monitor; results: Schemas["ResultOut"][] }) {
  const { quorum, confirm_after, recover_after } = monitor.verification;
  const expires = results.find((each) => each.tls_expires_at)?.tls_expires_at;
  const facts: [string, React.ReactNode][] = [
    ["Every", duration(monitor.interval_seconds)],
    ["Gives up after", duration(monitor.timeout_ms / 1000)],
    ["Regions", `${monitor.regions.join(", ")} (${monitor.strategy === "all" ? "all at each slot" : "in turn"})`],
    ["Down when", `${quorum} of ${monitor.regions.length} regions fail, ${rounds(confirm_after)}`],
    ["Up again when", `the same quorum passes, ${rounds(recover_after)}`],
    ["Slow above", monitor.degraded_after_ms ? `${monitor.degraded_after_ms} ms` : "not judged"],
    ["Certificate", expires ? <>expires <Ago at={expires} />, <Moment at={expires} /></> : "none seen"],
    ["Tells", monitor.channels === null ? "every enabled channel" : `${monitor.channels.length} chosen channels`],
    ["Changed", <Moment key="changed" at={monitor.updated_at} />],
  ];
  return (
    <Panel title="Settings">
      <dl className="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

const rounds = (count: number) => (count === 1 ? "in one round" : `in ${count} rounds in a row`);
