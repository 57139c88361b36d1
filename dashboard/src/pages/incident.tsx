/** One incident, from its first failing probe to the last message about it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { caller, channels, incident as incidentOf } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { go, Link, useAddress } from "../router";
import { Foreign } from "../ui/foreign";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Panel } from "../ui/page";
import { Shown } from "../ui/states";
import { Status } from "../ui/status";
import { Ago, Moment } from "../ui/time";
import { duration, milliseconds, plain } from "../ui/words";
import { Votes } from "./monitor_ledger";

type Detail = Schemas["IncidentDetail"];
type Event = Detail["timeline"][number];

export function IncidentPage({ id }: { id: string }) {
  const query = useQuery(incidentOf(id));
  return (
    <Shown of={query}>
      {(incident) => (
        <Page title={incident.monitor_name} head={<Head incident={incident} />} actions={<Actions incident={incident} />}>
          <Figures incident={incident} />
          <Together incident={incident} />
          <Panel title="What happened">
            <Timeline incident={incident} />
          </Panel>
          <Notes incident={incident} />
        </Page>
      )}
    </Shown>
  );
}

function Head({ incident }: { incident: Detail }) {
  return (
    <div className="stack">
      <p className="target"><bdi>{incident.target}</bdi></p>
      <p className="facts">
        <Status state={incident.state} />
        <span><code>{plain(incident.cause)}</code> <Foreign text={incident.cause_detail} /></span>
        <Link to={`/monitors/${incident.monitor_id}`}>To the monitor</Link>
      </p>
    </div>
  );
}

/** Take care of an incident, or of all that were told in one message with it. */
function useAcknowledge(incident: Detail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ group }: { group: boolean }) => call("post", "/v1/incidents/{incident_id}/acknowledge", { at: { incident_id: incident.id }, body: { group } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident"] }),
    onError: notifyFailure,
  });
}

function Actions({ incident }: { incident: Detail }) {
  const may = useMay();
  const acknowledge = useAcknowledge(incident);
  useAskedByLink(incident, acknowledge.mutate);
  if (incident.acknowledged_at) return <span className="tag">Acknowledged by {incident.acknowledged_by}</span>;
  if (!may.write || incident.state !== "open") return null;
  return <button type="button" className="primary" disabled={acknowledge.isPending} onClick={() => acknowledge.mutate({ group: false })}>Acknowledge</button>;
}

/** Messages link to `?acknowledge=1`, of groups to `=all`: whoever follows that, and has signed in, takes care without another click. */
function useAskedByLink(incident: Detail, acknowledge: (what: { group: boolean }) => void) {
  const { pathname, searchParams } = useAddress();
  const { data: me } = useQuery(caller);
  const may = useMay();
  const taken = useRef(false);
  const asked = searchParams.get("acknowledge");
  const group = asked === "all";
  useEffect(() => {
    if (!asked || !me || taken.current) return;
    taken.current = true;
    // Going back to this page must not acknowledge once more.
    go(pathname, { replace: true });
    // Of a group others may be open still.
    if (!group && (incident.acknowledged_at || incident.state !== "open")) return;
    if (may.write) acknowledge({ group });
    else notify("Only editors acknowledge: ask one of them.", "failed");
  }, [asked, group, me, may.write, pathname, incident, acknowledge]);
}

function Figures({ incident }: { incident: Detail }) {
  const tiles: [string, React.ReactNode, React.ReactNode][] = [
    ["Began", <Ago key="a" at={incident.opened_at} />, <Moment key="b" at={incident.opened_at} />],
    ["Confirmed after", milliseconds(incident.detection_delay_ms), `by ${incident.regions.join(", ")}`],
    ["Lasted", incident.duration_seconds === null ? "still open" : duration(incident.duration_seconds), incident.resolved_at ? <Moment key="c" at={incident.resolved_at} /> : ""],
  ];
  return (
    <div className="tiles">
      {tiles.map(([name, value, more]) => (
        <div key={name}><span>{name}</span><b className="num">{value}</b><span className="faint">{more}</span></div>
      ))}
    </div>
  );
}

/** The other incidents of the message that told this one, and what they have in common. */
function Together({ incident }: { incident: Detail }) {
  const may = useMay();
  const acknowledge = useAcknowledge(incident);
  const group = incident.group;
  if (!group) return null;
  const others = group.incidents.filter((each) => each.id !== incident.id).sort((one, other) => one.monitor_name.localeCompare(other.monitor_name));
  const unnamed = group.total - 1 - others.length;
  return (
    <Panel title={`Told in one message with ${group.total - 1} others`}>
      {group.cause && <p className="sentence"><Foreign text={group.cause.sentence} /></p>}
      <ul className="facts">
        {others.map((each) => <li key={each.id}><Link className="tag" to={`/incidents/${each.id}`}>{each.monitor_name}</Link></li>)}
        {unnamed > 0 && <li className="faint">and {unnamed} more</li>}
      </ul>
      {may.write && <p><button type="button" disabled={acknowledge.isPending} onClick={() => acknowledge.mutate({ group: true })}>Acknowledge all that last</button></p>}
    </Panel>
  );
}

function Timeline({ incident }: { incident: Detail }) {
  const { data } = useQuery(channels);
  const names = new Map(data?.items.map((each) => [each.id, each.name]));
  return (
    <ol className="timeline">
      {incident.timeline.map((event, place) => (
        <li key={`${event.what} ${event.at} ${place}`} className={`is-${event.what}`}>
          <span className="when num"><Moment at={event.at} /></span>
          <div><Told event={event} channel={(id) => names.get(id) ?? id} /></div>
        </li>
      ))}
    </ol>
  );
}

function Told({ event, channel }: { event: Event; channel: (id: string) => string }) {
  switch (event.what) {
    case "decision":
      return (
        <>
          <p><Status state={event.from} /> → <Status state={event.to} /></p>
          <p className="sentence"><Foreign text={event.sentence} /></p>
          <Votes votes={event.votes} />
        </>
      );
    case "alert":
      return (
        <>
          <p>
            <Status state={event.state} /> <b>{channel(event.channel_id)}</b> ({event.channel_kind}): {plain(event.transition)}
            {event.combined && ", opened and resolved in one message"}
          </p>
          <p className="faint">
            {event.attempts} {event.attempts === 1 ? "attempt" : "attempts"}
            {event.uncertain_attempts > 0 && `, ${event.uncertain_attempts} of unknown outcome`}
            {event.answer && <>: <Foreign text={event.answer} /></>}
          </p>
        </>
      );
    case "note":
      return <><p><b>{event.by}</b> wrote:</p><p className="note"><Foreign text={event.text} /></p></>;
    case "acknowledged":
      return <p><b>{event.by}</b> takes care of it.</p>;
  }
}

function Notes({ incident }: { incident: Detail }) {
  const may = useMay();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => call("post", "/v1/incidents/{incident_id}/notes", { at: { incident_id: incident.id }, body: { text } }),
    onSuccess: () => setText(""),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", incident.id] }),
    onError: notifyFailure,
  });
  if (!may.write) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Panel title="Add a note">
      <form className="noteform" onSubmit={submit}>
        <textarea aria-label="Note" rows={2} required value={text} placeholder="What was found, what was done" onChange={(event) => setText(event.target.value)} />
        <button type="submit" disabled={add.isPending || !text.trim()}>Add note</button>
      </form>
    </Panel>
  );
}
