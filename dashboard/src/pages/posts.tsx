/** What a status page tells its readers: the posts that are there, and a form for a new one. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { incidents, POLL } from "../api/queries";
import { callAny } from "../api/request";
import { Form } from "../form/form";
import type { Value } from "../form/schema";
import { Link } from "../router";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Panel } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { Moment } from "../ui/time";
import { label, localTime } from "../ui/words";

interface Post {
  id: string;
  at: string;
  title: string;
  text: string;
  stage: string | null;
  mails: string;
}

const MAILS: Record<string, string> = { none: "nobody was mailed", waiting: "mails are on their way", sent: "subscribers were mailed" };

export function PostsPage({ id }: { id: string }) {
  const path = `/v1/status-pages/${id}/posts`;
  const client = useQueryClient();
  const may = useMay();
  const query = useQuery({
    queryKey: ["posts", id],
    queryFn: async ({ signal }) => ((await callAny("get", path, { query: { limit: 200 }, signal })) as { items: Post[] }).items,
    refetchInterval: POLL,
  });
  const recent = useQuery(incidents({ limit: 50 })).data?.items ?? [];
  const choices = { incident_id: recent.map((each) => ({ value: each.id, label: `${each.monitor_name}: ${each.state} since ${localTime(each.opened_at)}` })) };
  // An empty form once it was sent, and only then: what somebody writes outlives all news.
  const [told, setTold] = useState(0);
  const tell = async (value: Value) => {
    await callAny("post", path, { body: value });
    await client.invalidateQueries();
    setTold(told + 1);
    notify("The page tells it now.");
  };
  return (
    <Page title="Posts" actions={<Link className="button" to="/status-pages">Status pages</Link>}>
      {may.write && <Panel title="Tell readers something"><Form key={told} schema="PostIn" choices={choices} action="Post" send={tell} /></Panel>}
      <Shown of={query}>
        {(posts) =>
          posts.length ? (
            <ul className="cards">{[...posts].sort((one, other) => other.at.localeCompare(one.at)).map((each) => <Card key={each.id} post={each} path={path} />)}</ul>
          ) : (
            <Empty title="Nothing was posted yet"><p>Readers see outages by themselves. A post tells what they cannot see: what you know, and what you do.</p></Empty>
          )
        }
      </Shown>
    </Page>
  );
}

function Card({ post, path }: { post: Post; path: string }) {
  const client = useQueryClient();
  const may = useMay();
  const remove = useMutation({
    mutationFn: () => callAny("delete", `${path}/${post.id}`),
    onSuccess: () => notify("The post is off the page; mails that have left cannot be taken back."),
    onSettled: () => client.invalidateQueries(),
    onError: notifyFailure,
  });
  return (
    <li className="panel card">
      <div className="stack">
        <h2>{post.stage ? `${label(post.stage)}: ` : ""}{post.title}</h2>
        <p className="hint"><Moment at={post.at} /> · {MAILS[post.mails]}</p>
        <p>{post.text}</p>
      </div>
      {may.write && <div className="actions"><button type="button" className="danger" onClick={() => remove.mutate()}>Delete</button></div>}
    </li>
  );
}
