/** All pages, by the pattern of their address; what is rarely opened is loaded when it is. */

import { type ComponentType, lazy, type ReactNode } from "react";
import { Link, match } from "../router";
import { Page } from "../ui/page";
import { OverviewPage } from "./overview";
import { RESOURCES } from "./resources";

type Parameters = Record<string, string>;
type PageOf = ComponentType<Parameters & Record<"id", string>>;

function later(load: () => Promise<Record<string, unknown>>, name: string): PageOf {
  return lazy(async () => ({ default: (await load())[name] as PageOf })) as unknown as PageOf;
}

const PAGES: [string, PageOf][] = [
  ["/", OverviewPage as PageOf],
  ["/monitors/new", later(() => import("./monitor_form"), "NewMonitorPage")],
  ["/monitors/:id/edit", later(() => import("./monitor_form"), "EditMonitorPage")],
  ["/monitors/:id", later(() => import("./monitor"), "MonitorPage")],
  ["/incidents", later(() => import("./incidents"), "IncidentsPage")],
  ["/incidents/:id", later(() => import("./incident"), "IncidentPage")],
  ["/channels", later(() => import("./channels"), "ChannelsPage")],
  ["/channels/new", later(() => import("./channels"), "NewChannelPage")],
  ["/channels/:id", later(() => import("./channels"), "EditChannelPage")],
  ["/paused-addresses", later(() => import("./paused_addresses"), "PausedAddressesPage")],
  ["/mesh", later(() => import("./mesh"), "MeshPage")],
  ["/people", later(() => import("./people"), "PeoplePage")],
  ["/tokens", later(() => import("./tokens"), "TokensPage")],
  ["/status-pages/:id/posts", later(() => import("./posts"), "PostsPage")],
  ...RESOURCES.flatMap(({ to }): [string, PageOf][] => [
    [to, later(() => import("./resource"), "ResourcePage")],
    [`${to}/new`, later(() => import("./resource"), "NewResourcePage")],
    [`${to}/:id`, later(() => import("./resource"), "EditResourcePage")],
  ]),
  ["/audit", later(() => import("./audit"), "AuditPage")],
];

export function pageFor(path: string): ReactNode {
  for (const [pattern, Found] of PAGES) {
    const found = match(pattern, path);
    if (found) return <Found {...(found as Record<"id", string>)} />;
  }
  return (
    <Page title="There is no such page">
      <p>The address may be old, or mistyped. <Link to="/">To the monitors</Link></p>
    </Page>
  );
}
