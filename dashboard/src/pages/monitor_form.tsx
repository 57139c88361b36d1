/** Adding and editing a monitor: the API says which fields there are, and what is wrong. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { channels, escalationPolicies, mesh, type Monitor, monitor as monitorOf } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { Form, type Section } from "../form/form";
import { mergePatch } from "../form/patch";
import { named, type Value } from "../form/schema";
import { go } from "../router";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";
import { Page } from "../ui/page";
import { Shown } from "../ui/states";
import { Checked } from "./monitor_results";

const SECTIONS: Section[] = [
  { title: "What is watched", names: ["name", "kind", "target", "interval_seconds", "tags"] },
  { title: "How it is probed", names: ["http", "tcp", "tls", "dns", "heartbeat", "websocket", "grpc", "timeout_ms"] },
  { title: "What has to hold", names: ["assertions", "degraded_after_ms"], folded: true },
  { title: "Who looks, and when it is down", names: ["regions", "strategy", "verification", "grace_period_seconds", "slo_target_percent"], folded: true },
  { title: "Who is told", names: ["channels", "escalation_policy", "depends_on", "runbook_url"], folded: true },
];

export function NewMonitorPage() {
  const client = useQueryClient();
  const add = async (value: Value) => {
    const made = await call("post", "/v1/monitors", { body: value });
    await client.invalidateQueries({ queryKey: ["overview"] });
    notify(`${made.name} is watched from now on.`);
    go(`/monitors/${made.id}`);
  };
  return (
    <Page title="Add a monitor">
      <MonitorForm action="Add the monitor" send={add} />
    </Page>
  );
}

export function EditMonitorPage({ id }: { id: string }) {
  // What is edited stands still: what others change meanwhile is refused by its revision.
  const query = useQuery({ ...monitorOf(id), refetchInterval: false, refetchOnWindowFocus: false });
  return <Shown of={query}>{(monitor) => <Editor key={monitor.id} monitor={monitor} />}</Shown>;
}

function Editor({ monitor }: { monitor: Monitor }) {
  const [began] = useState(monitor);
  const client = useQueryClient();
  const given = settingsOf(began);
  const save = async (value: Value) => {
    const changed = await call("patch", "/v1/monitors/{monitor_id}", {
      at: { monitor_id: began.id },
      body: mergePatch(given, value),
      headers: { "If-Match": `"${began.revision}"` },
    });
    client.setQueryData(monitorOf(began.id).queryKey, changed);
    await client.invalidateQueries({ queryKey: ["overview"] });
    notify("Saved. It counts from the next slot on.");
    go(`/monitors/${began.id}`);
  };
  return (
    <Page title={`Edit ${began.name}`}>
      <MonitorForm action="Save" given={given} send={save} />
    </Page>
  );
}

/** Of what the API shows of a monitor, what can be written. */
function settingsOf(monitor: Monitor): Value {
  const known = Object.keys(named("MonitorIn").properties ?? {});
  return Object.fromEntries(Object.entries(monitor).filter(([name]) => known.includes(name)));
}

function MonitorForm({ given, action, send }: { given?: Value; action: string; send: (value: Value) => Promise<unknown> }) {
  const regions = useQuery(mesh).data?.regions ?? [];
  const known = useQuery(channels).data?.items ?? [];
  const policies = useQuery(escalationPolicies).data?.items ?? [];
  const choices = {
    regions: regions.map((each) => ({ value: each.region, label: each.region })),
    channels: known.map((each) => ({ value: each.id, label: `${each.name} (${each.kind})` })),
    escalation_policy: policies.map((each) => ({ value: each.id, label: each.name })),
  };
  return (
    <Form schema="MonitorIn" sections={SECTIONS} choices={choices} action={action} send={send}
      {...(given ? { given } : {})}
      beside={(value, failed) => <Trial value={value} failed={failed} />} />
  );
}

/** Have every region probe what is written here, without saving it. */
function Trial({ value, failed }: { value: Value; failed: (error: unknown) => void }) {
  const [seen, setSeen] = useState<Schemas["TrialOut"] | null>(null);
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      setSeen(await call("post", "/v1/checks", { body: value }));
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" disabled={busy} onClick={() => void check()}>
        {busy ? "Asking all regions …" : "Check now, without saving"}
      </button>
      {seen && (
        <Dialog wide title="What each region sees now" close={() => setSeen(null)}>
          <Checked answer={seen} />
        </Dialog>
      )}
    </>
  );
}
