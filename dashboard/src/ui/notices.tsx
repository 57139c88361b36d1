/** Short messages about what was just done; read aloud, and gone by themselves. */

import { useSyncExternalStore } from "react";
import { Failure } from "../api/request";

interface Notice {
  id: number;
  text: string;
  kind: "done" | "failed";
}

const SHOWN_MS = 8000;
let notices: Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

export function notify(text: string, kind: Notice["kind"] = "done"): void {
  const id = ++last;
  set([...notices.slice(-2), { id, text, kind }]);
  setTimeout(() => set(notices.filter((each) => each.id !== id)), SHOWN_MS);
}

export function notifyFailure(error: unknown): void {
  notify(error instanceof Failure ? error.problem.detail : String(error), "failed");
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map((each) => (
        <p key={each.id} className={each.kind}>
          {each.text}
        </p>
      ))}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
