/** The last day of the monitors that are in sight: asked for together, kept by monitor. */

import { useEffect, useSyncExternalStore } from "react";
import { call, type Schemas } from "./request";

export type Trend = Schemas["TrendOut"];

const FRESH_MS = 60_000;
const TOGETHER_MS = 80;
const MOST_IDS = 60;

const known = new Map<string, { trend: Trend; at: number }>();
const asked = new Set<string>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function useTrend(id: string): Trend | undefined {
  return useSyncExternalStore(subscribe, () => known.get(id)?.trend);
}

/** Keep the trends of these monitors fresh while they are in sight. */
export function useTrendsOf(ids: readonly string[]): void {
  const key = ids.join(",");
  useEffect(() => {
    const look = () => want(key ? key.split(",") : []);
    look();
    const again = setInterval(look, 10_000);
    return () => clearInterval(again);
  }, [key]);
}

export function forgetTrends(): void {
  known.clear();
  asked.clear();
  clearTimeout(timer);
  timer = undefined;
}

function want(ids: readonly string[]): void {
  if (document.hidden) return;
  const now = Date.now();
  for (const id of ids) {
    const have = known.get(id);
    if (!have || now - have.at > FRESH_MS) asked.add(id);
  }
  // What scrolls by within a moment is asked for in one request.
  if (asked.size && !timer) timer = setTimeout(() => void fetchAsked(), TOGETHER_MS);
}

async function fetchAsked(): Promise<void> {
  timer = undefined;
  const ids = [...asked];
  asked.clear();
  if (document.hidden) return;
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    try {
      const query = { ids: ids.slice(from, from + MOST_IDS).join(",") };
      const { items } = await call("get", "/v1/overview/trends", { query });
      const at = Date.now();
      for (const trend of items) known.set(trend.id, { trend, at });
    } catch {
      // The overview itself tells that the API is away; the next look asks again.
    }
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
