/**
 * Things that people configure and that need no page of their own making: a list, a form, and
 * deleting. One whose path the API does not have is not in the navigation.
 */

import { offers } from "../api/offers";

export interface Resource {
  to: string;
  path: string;
  schema: string;
  title: string;
  /** "maintenance window", for buttons. */
  one: string;
  /** What it is good for, where there is none yet. */
  why: string;
  /** Fields shown in the list beside the name. */
  shown: string[];
}

const ALL: Resource[] = [
  {
    to: "/maintenance",
    path: "/v1/maintenance-windows",
    schema: "MaintenanceIn",
    title: "Maintenance",
    one: "maintenance window",
    why: "While a window is open probing goes on and no incident opens. What is still down at its end is told then.",
    shown: ["starts_at", "ends_at", "recurrence", "time_zone", "tags", "monitors", "everything"],
  },
  {
    to: "/policies",
    path: "/v1/escalation-policies",
    schema: "EscalationPolicyIn",
    title: "Alert policies",
    one: "alert policy",
    why: "If nobody acknowledges an incident in time, the next channel is told.",
    shown: ["steps"],
  },
  {
    to: "/status-pages",
    path: "/v1/status-pages",
    schema: "StatusPageIn",
    title: "Status pages",
    one: "status page",
    why: "A page that everybody may see, at /status/ and its slug: the monitors that you choose, under names that you choose. It is there even while this dashboard is not.",
    shown: ["slug", "monitors", "published", "subscriptions"],
  },
];

export const RESOURCES = ALL.filter((each) => offers("post", each.path));
