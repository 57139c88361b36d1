/** The pages of a resource (see resources.ts): its list, and the forms to add and change one. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { channels, overview, POLL } from "../api/queries";
import { callAny } from "../api/request";
import { Form } from "../form/form";
import { mergePatch } from "../form/patch";
import { named, type Value } from "../form/schema";
import { go, Link, useAddress } from "../router";
import { Confirm } from "../ui/dialog";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Panel } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { Moment } from "../ui/time";
import { label, unit } from "../ui/words";
import { Calendar } from "./calendar";
import { type Resource, RESOURCES } from "./resources";

interface Item extends Value {
  id: string;
  name: string;
  revision: number;
}

function useResource(): Resource {
  const { pathname } = useAddress();
  const found = RESOURCES.find((each) => pathname.startsWith(each.to));
  if (!found) throw new Error(`the API has nothing for ${pathname}`);
  return found;
}

function useItems(resource: Resource, polled = true) {
  return useQuery({
    queryKey: ["resource", resource.path],
    queryFn: async ({ signal }) => ((await callAny("get", resource.path, { query: { limit: 200 }, signal })) as { items: Item[] }).items,
    refetchInterval: polled && POLL,
    refetchOnWindowFocus: polled && "always",
  });
}

export function ResourcePage() {
  const resource = useResource();
  const query = useItems(resource);
  const may = useMay();
  const add = may.write && <Link className="button primary" to={`${resource.to}/new`}>{`Add ${article(resource.one)}`}</Link>;
  return (
    <Page title={resource.title} actions={add}>
      {resource.to === "/maintenance" && <Calendar />}
      <Shown of={query}>
        {(items) =>
          items.length ? (
            <ul className="cards">{items.map((each) => <Card key={each.id} item={each} resource={resource} />)}</ul>
          ) : (
            <Empty title={`There is no ${resource.one} yet`}><p>{resource.why}</p>{add}</Empty>
          )
        }
      </Shown>
    </Page>
  );
}

const article = (one: string) => (/^[aeiou]/.test(one) ? `an ${one}` : `a ${one}`);

function Card({ item, resource }: { item: Item; resource: Resource }) {
  const may = useMay();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({
    mutationFn: () => callAny("delete", `${resource.path}/${item.id}`, { headers: { "If-Match": `"${item.revision}"` } }),
    onSuccess: () => notify(`${item.name} was deleted.`),
    onSettled: () => client.invalidateQueries(),
    onError: notifyFailure,
  });
  return (
    <li className="panel card">
      <div className="stack">
        <h2>{item.name}</h2>
        {resource.to === "/status-pages" && item.published === true && <a href={`/status/${String(item.slug)}`}>{`/status/${String(item.slug)}`}</a>}
        <dl className="facts-list">
          {resource.shown.filter((name) => !isNothing(item[name])).map((name) => (
            <div key={name}><dt>{label(name)}</dt><dd><Shape name={name} value={item[name]} /></dd></div>
          ))}
        </dl>
      </div>
      {may.write && (
        <div className="actions">
          {resource.to === "/status-pages" && <Link className="button" to={`/status-pages/${item.id}/posts`}>Posts</Link>}
          <Link className="button" to={`${resource.to}/${item.id}`}>Edit</Link>
          <button type="button" className="danger" onClick={() => setDeleting(true)}>Delete</button>
        </div>
      )}
      {deleting && (
        <Confirm title={`Delete ${item.name}?`} action="Delete" run={() => remove.mutate()} close={() => setDeleting(false)}>
          <p>This cannot be taken back.</p>
        </Confirm>
      )}
    </li>
  );
}

const isNothing = (value: unknown) => value === null || value === undefined || value === false || (Array.isArray(value) && !value.length);

/** Names in place of ids, where they are known. */
function Shape({ name, value }: { name: string; value: unknown }): ReactNode {
  const names = useNames();
  if (name.endsWith("_at") && typeof value === "string") return <Moment at={value} />;
  if (Array.isArray(value))
    return (
      <ul>
        {value.map((each, place) => (
          <li key={place}>
            {shownName(each, names) ?? (typeof each === "object"
              ? Object.entries(each as Value).map(([key, part]) => `${label(key)}: ${[part, unit(key) ?? []].flat().map((id) => names.get(String(id)) ?? id).join(unit(key) ? " " : ", ")}`).join(" · ")
              : (names.get(String(each)) ?? String(each)))}
          </li>
        ))}
      </ul>
    );
  return value === true ? "yes" : String(value);
}

/** A monitor under the name that a status page gives it, and its own where that is another. */
function shownName(each: unknown, names: Map<string, string>): string | undefined {
  const { name, monitor_id: id } = (each ?? {}) as { name?: string; monitor_id?: string };
  if (!name || !id) return undefined;
  const own = names.get(id) ?? id;
  return own === name ? name : `${name} (${own})`;
}

function useNames(): Map<string, string> {
  const known = useQuery(channels).data?.items ?? [];
  const monitors = useQuery(overview).data?.items ?? [];
  return new Map([...known, ...monitors].map((each) => [each.id, each.name]));
}

function useChoices() {
  const known = useQuery(channels).data?.items ?? [];
  const monitors = useQuery(overview).data?.items ?? [];
  const asChoice = (each: { id: string; name: string }) => ({ value: each.id, label: each.name });
  return { channels: known.map(asChoice), channel_id: known.map(asChoice), monitors: monitors.map(asChoice), monitor_id: monitors.map(asChoice) };
}

export function NewResourcePage() {
  const resource = useResource();
  const client = useQueryClient();
  const choices = useChoices();
  const add = async (value: Value) => {
    const made = (await callAny("post", resource.path, { body: value })) as Item;
    await client.invalidateQueries();
    notify(`${made.name} was added.`);
    go(resource.to);
  };
  return (
    <Page title={`Add ${article(resource.one)}`}>
      <Panel title=""><Form schema={resource.schema} choices={choices} action="Add" send={add} /></Panel>
    </Page>
  );
}

export function EditResourcePage({ id }: { id: string }) {
  const resource = useResource();
  const query = useItems(resource, false);
  return (
    <Shown of={query}>
      {(items) => {
        const item = items.find((each) => each.id === id);
        return item ? <Editor key={id} item={item} resource={resource} /> : <Empty title={`There is no such ${resource.one}`}><Link to={resource.to}>{resource.title}</Link></Empty>;
      }}
    </Shown>
  );
}

function Editor({ item, resource }: { item: Item; resource: Resource }) {
  const [began] = useState(item);
  const client = useQueryClient();
  const choices = useChoices();
  const known = Object.keys(named(resource.schema).properties ?? {});
  const given: Value = Object.fromEntries(Object.entries(began).filter(([name]) => known.includes(name)));
  const save = async (value: Value) => {
    await callAny("patch", `${resource.path}/${began.id}`, { body: mergePatch(given, value), headers: { "If-Match": `"${began.revision}"` } });
    await client.invalidateQueries();
    notify("Saved.");
    go(resource.to);
  };
  return (
    <Page title={`Edit ${began.name}`}>
      <Panel title=""><Form schema={resource.schema} given={given} choices={choices} action="Save" send={save} /></Panel>
    </Page>
  );
}
