/** What the navigation and the command palette lead to. */

import { RESOURCES } from "./pages/resources";

export interface Place {
  to: string;
  title: string;
  admin?: boolean;
  /** Reached from another page and by search: it has no place in the navigation. */
  aside?: boolean;
}

export const PLACES: Place[] = [
  { to: "/", title: "Monitors" },
  { to: "/incidents", title: "Incidents" },
  { to: "/channels", title: "Channels" },
  ...RESOURCES.map(({ to, title }) => ({ to, title })),
  { to: "/paused-addresses", title: "Paused addresses", aside: true },
  { to: "/mesh", title: "Mesh" },
  { to: "/people", title: "People", admin: true },
  { to: "/tokens", title: "API tokens", admin: true },
  { to: "/audit", title: "Audit log", admin: true },
];
