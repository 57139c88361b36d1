/** What is asked of the API, how often, and under which key the last answer is kept. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, type Schemas } from "./request";

export type Glance = Schemas["GlanceOut"];
export type Monitor = Schemas["MonitorOut"];
export type Result = Schemas["ResultOut"];
export type Transition = Schemas["TransitionOut"];
export type Incident = Schemas["IncidentOut"];
export type Window = "24h" | "7d" | "30d" | "90d";

export const SECONDS = 1000;
export const POLL = 10 * SECONDS;
// Figures over many results are read more rarely: they cost more and change little.
const SLOW_POLL = 60 * SECONDS;

export const overview = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => call("get", "/v1/overview", { signal }),
  refetchInterval: POLL,
});

export const monitor = (id: string) =>
  queryOptions({
    queryKey: ["monitor", id],
    queryFn: ({ signal }) => call("get", "/v1/monitors/{monitor_id}", { at: { monitor_id: id }, signal }),
    refetchInterval: POLL,
  });

export const uptime = (id: string, window: Window) =>
  queryOptions({
    queryKey: ["monitor", id, "uptime", window],
    queryFn: ({ signal }) =>
      call("get", "/v1/monitors/{monitor_id}/uptime", { at: { monitor_id: id }, query: { window }, signal }),
    refetchInterval: SLOW_POLL,
    placeholderData: keepPreviousData,
  });

export const results = (id: string, limit: number) =>
  queryOptions({
    queryKey: ["monitor", id, "results", limit],
    queryFn: ({ signal }) =>
      call("get", "/v1/monitors/{monitor_id}/results", { at: { monitor_id: id }, query: { limit }, signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  });

export const ledger = (id: string, limit: number) =>
  queryOptions({
    queryKey: ["monitor", id, "ledger", limit],
    queryFn: ({ signal }) =>
      call("get", "/v1/monitors/{monitor_id}/transitions", { at: { monitor_id: id }, query: { limit }, signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  });

export interface IncidentsWanted {
  status?: "open" | "resolved";
  monitor_id?: string;
  limit?: number;
}

export const incidents = (wanted: IncidentsWanted) =>
  queryOptions({
    queryKey: ["incidents", wanted],
    queryFn: ({ signal }) => call("get", "/v1/incidents", { query: { ...wanted }, signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  });

export const incident = (id: string) =>
  queryOptions({
    queryKey: ["incident", id],
    queryFn: ({ signal }) =>
      call("get", "/v1/incidents/{incident_id}", { at: { incident_id: id }, signal }),
    refetchInterval: POLL,
  });

export const channels = queryOptions({
  queryKey: ["channels"],
  queryFn: ({ signal }) => call("get", "/v1/channels", { query: { limit: 200 }, signal }),
  refetchInterval: POLL,
});

export const pausedAddresses = queryOptions({
  queryKey: ["paused"],
  queryFn: ({ signal }) => call("get", "/v1/paused-addresses", { query: { limit: 200 }, signal }),
  refetchInterval: POLL,
});

export const escalationPolicies = queryOptions({
  queryKey: ["resource", "choices", "/v1/escalation-policies"],
  queryFn: ({ signal }) => call("get", "/v1/escalation-policies", { query: { limit: 200 }, signal }),
  refetchInterval: SLOW_POLL,
});

export const people = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) => call("get", "/v1/users", { query: { limit: 200 }, signal }),
  refetchInterval: SLOW_POLL,
});

export const tokens = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => call("get", "/v1/api-tokens", { query: { limit: 200 }, signal }),
  refetchInterval: SLOW_POLL,
});

export const auditLog = (limit: number) =>
  queryOptions({
    queryKey: ["audit", limit],
    queryFn: ({ signal }) => call("get", "/v1/audit-log", { query: { limit }, signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  });

export const mesh = queryOptions({
  queryKey: ["mesh"],
  queryFn: ({ signal }) => call("get", "/v1/mesh", { signal }),
  refetchInterval: POLL,
});

export const health = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => healthOf(signal),
  refetchInterval: POLL,
});

/** A mesh that is down answers 503 with the same document. */
async function healthOf(signal: AbortSignal): Promise<Schemas["HealthOut"]> {
  const answer = await fetch("/health", { signal, cache: "no-store", credentials: "omit" });
  return (await answer.json()) as Schemas["HealthOut"];
}

export const caller = queryOptions({
  queryKey: ["caller"],
  queryFn: ({ signal }) => call("get", "/v1/session", { signal }),
  staleTime: Infinity,
});
