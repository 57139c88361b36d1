/** Where messages go: channels, each with a test. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { channels as channelsOf } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { Form } from "../form/form";
import { mergePatch } from "../form/patch";
import { named, type Value } from "../form/schema";
import { go, Link } from "../router";
import { Confirm, Dialog } from "../ui/dialog";
import { Foreign } from "../ui/foreign";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { Status } from "../ui/status";
import { label, plain } from "../ui/words";

type Channel = Schemas["ChannelOut"];

export function ChannelsPage() {
  const query = useQuery(channelsOf);
  const may = useMay();
  const add = may.write && <Link to="/channels/new" className="button primary">Add a channel</Link>;
  return (
    <Page title="Channels" actions={<><Link to="/paused-addresses" className="button">Paused addresses</Link>{add}</>}>
      <Shown of={query}>
        {({ items }) =>
          items.length ? (
            <ul className="cards">{items.map((each) => <Card key={each.id} channel={each} />)}</ul>
          ) : (
            <Empty title="Nobody is told yet">
              <p>An outage that nobody hears of helps nobody. Add where messages go, and send a test.</p>
              {add}
            </Empty>
          )
        }
      </Shown>
    </Page>
  );
}

function Card({ channel }: { channel: Channel }) {
  const may = useMay();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const at = { channel_id: channel.id };
  const again = () => client.invalidateQueries({ queryKey: ["channels"] });
  const test = useMutation({ mutationFn: () => call("post", "/v1/channels/{channel_id}/test", { at, body: {} }), onError: notifyFailure });
  const remove = useMutation({
    mutationFn: () => call("delete", "/v1/channels/{channel_id}", { at, headers: { "If-Match": `"${channel.revision}"` } }),
    onSuccess: () => notify(`${channel.name} was deleted.`),
    onSettled: again,
    onError: notifyFailure,
  });
  return (
    <li className="panel card">
      <div>
        <h2>{channel.name}</h2>
        <p className="facts">
          <span className="kind">{label(channel.kind)}</span>
          <Status state={channel.enabled ? "active" : "disabled"} word={channel.enabled ? "enabled" : "disabled"} />
          <span className="faint">{channel.events.map(plain).join(", ")}</span>
        </p>
        {channel.email && <p className="target">{channel.email.to.join(", ")}</p>}
      </div>
      {may.write && (
        <div className="actions">
          <button type="button" disabled={test.isPending} onClick={() => test.mutate()}>{test.isPending ? "Sending …" : "Send a test"}</button>
          <Link className="button" to={`/channels/${channel.id}`}>Edit</Link>
          <button type="button" className="danger" onClick={() => setDeleting(true)}>Delete</button>
        </div>
      )}
      {test.data && (
        <p className="answer" role="status">
          <Status state={test.data.ok ? "sent" : "failure"} word={test.data.ok ? "sent" : "not sent"} /> The provider said: <Foreign text={test.data.answer} />
        </p>
      )}
      {deleting && (
        <Confirm title={`Delete ${channel.name}?`} action="Delete" run={() => remove.mutate()} close={() => setDeleting(false)}>
          <p>What it has not been told yet stays untold.</p>
        </Confirm>
      )}
    </li>
  );
}

/** Another channel, by its name: the one that is told instead. */
function useChoices(own?: string) {
  const known = useQuery(channelsOf).data?.items ?? [];
  return { fallback: known.filter((each) => each.id !== own).map((each) => ({ value: each.id, label: `${each.name} (${each.kind})` })) };
}

// What most begin with; in the order of the alphabet an optional kind would come first.
const USUAL: Value = { kind: "email" };

export function NewChannelPage() {
  const choices = useChoices();
  const client = useQueryClient();
  const [made, setMade] = useState<Channel | null>(null);
  const add = async (value: Value) => {
    const channel = await call("post", "/v1/channels", { body: value });
    await client.invalidateQueries({ queryKey: ["channels"] });
    if (secretOf(channel)) setMade(channel);
    else done(channel);
  };
  const done = (channel: Channel) => {
    notify(`${channel.name} was added. Send a test, to be sure.`);
    go("/channels");
  };
  return (
    <Page title="Add a channel">
      <Form schema="ChannelIn" given={USUAL} choices={choices} action="Add the channel" send={add} />
      {made && (
        <Dialog title="The signing secret, shown once" close={() => done(made)}>
          <div className="stack">
            <p>Your endpoint checks signatures with it. It cannot be shown again.</p>
            <p className="once"><code>{secretOf(made)}</code></p>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

/** A signing secret that the API made up; afterwards it is shown as ***. */
function secretOf(channel: Channel): string | null {
  const secret = channel.webhook?.secret;
  return secret && secret !== "***" ? secret : null;
}

export function EditChannelPage({ id }: { id: string }) {
  const query = useQuery({ ...channelsOf, refetchInterval: false, refetchOnWindowFocus: false });
  return (
    <Shown of={query}>
      {({ items }) => {
        const channel = items.find((each) => each.id === id);
        return channel ? <Editor key={id} channel={channel} /> : <Empty title="There is no such channel"><Link to="/channels">To the channels</Link></Empty>;
      }}
    </Shown>
  );
}

function Editor({ channel }: { channel: Channel }) {
  const [began] = useState(channel);
  const choices = useChoices(channel.id);
  const client = useQueryClient();
  const known = Object.keys(named("ChannelIn").properties ?? {});
  const given: Value = Object.fromEntries(Object.entries(began).filter(([name]) => known.includes(name)));
  const save = async (value: Value) => {
    await call("patch", "/v1/channels/{channel_id}", {
      at: { channel_id: began.id },
      body: mergePatch(given, value),
      headers: { "If-Match": `"${began.revision}"` },
    });
    await client.invalidateQueries({ queryKey: ["channels"] });
    notify("Saved.");
    go("/channels");
  };
  return (
    <Page title={`Edit ${began.name}`}>
      <p className="hint">Secrets are shown as ***; what stays *** is kept.</p>
      <Form schema="ChannelIn" given={given} choices={choices} action="Save" send={save} />
    </Page>
  );
}
