/** How old the data are that a page shows, and whether the API answers at present. */

import { QueryCache, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { POLL } from "./queries";
import { Failure } from "./request";

interface Connection {
  answeredAt: number | null;
  away: boolean;
}

let state: Connection = { answeredAt: null, away: false };
const listeners = new Set<() => void>();

function set(next: Connection): void {
  state = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Nobody answered, or a gateway did in the API's place; a refusal is an answer. */
function isAway(error: unknown): boolean {
  return !(error instanceof Failure) || error.status === 0 || error.status >= 500;
}

export function makeClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onSuccess: () => set({ answeredAt: Date.now(), away: false }),
      onError: (error) => isAway(error) && set({ ...state, away: true }),
    }),
    defaultOptions: {
      queries: {
        // Hidden tabs do not poll; one that comes back does at once.
        refetchIntervalInBackground: false,
        refetchOnWindowFocus: "always",
        staleTime: POLL / 2,
        gcTime: 10 * 60_000,
        networkMode: "always",
        retry: (count, error) => count < 1 && isAway(error),
        retryDelay: 1000,
      },
      mutations: { networkMode: "always" },
    },
  });
}
