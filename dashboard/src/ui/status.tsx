import type { Schemas } from "../api/request";
import { localMinute } from "./words";

/** Status by shape and word as well as by colour. */

const SHAPES: Record<string, string> = {
  // A tick, a cross, a question mark, ...: told apart without colour, and at 12 pixels.
  up: "M4 8.5 7 11.5 12.5 5",
  down: "M4.5 4.5 11.5 11.5 M11.5 4.5 4.5 11.5",
  verifying: "M8 3.5 V8 L11 10",
  unknown: "M6.1 6.3 A2 2 0 1 1 8.6 8.2 Q8 8.4 8 9.3 M8 11.6 V11.7",
  pending: "M4.4 8 H4.5 M8 8 H8.1 M11.6 8 H11.7",
  maintenance: "M5 11 11 5 M9.2 4.2 11.8 6.8",
  paused: "M6 5 V11 M10 5 V11",
  degraded: "M8 3.8 V8.8 M8 11.6 V11.7",
  regional: "M8 3.8 V8.8 M8 11.6 V11.7",
};

const ALIAS: Record<string, string> = {
  ok: "up", success: "up", sent: "up", resolved: "up", active: "up", done: "up",
  failure: "down", open: "down", dead: "down", refused: "down", disabled: "paused",
  suppressed: "paused", cancelled: "paused", flapping: "degraded", retry: "degraded", claimed: "verifying",
  invited: "pending", starting: "pending", uncertain: "unknown", failing: "degraded",
};

export function lookOf(state: string): string {
  const look = ALIAS[state] ?? state;
  return look in SHAPES ? look : "unknown";
}

export function Glyph({ state }: { state: string }) {
  const look = lookOf(state);
  return (
    <svg className={`glyph is-${look}`} viewBox="0 0 16 16" aria-hidden="true">
      <Frame look={look} />
      <path d={SHAPES[look]} />
    </svg>
  );
}

function Frame({ look }: { look: string }) {
  if (look === "down") return <rect x="1" y="1" width="14" height="14" rx="3" />;
  if (look === "degraded" || look === "regional") return <path className="frame" d="M8 .8 15.4 14.4 H.6 Z" />;
  // A hexagon: in a diamond the mark looks like the sign of broken text.
  if (look === "unknown") return <path className="frame" d="M8 .6 14.6 4.3 V11.7 L8 15.4 1.4 11.7 V4.3 Z" />;
  return <circle cx="8" cy="8" r="7" />;
}

export function Status({ state, word }: { state: string; word?: string }) {
  return (
    <span className={`status is-${lookOf(state)}`}>
      <Glyph state={state} />
      {word ?? state}
    </span>
  );
}

interface Stands {
  status: string;
  degraded: boolean;
  failing_regions: string[];
  pending?: Schemas["PendingOut"] | null;
}

/** What a monitor that has not worked yet is waiting for, in a few words. */
export function pendingWord(pending: Schemas["PendingOut"]): string {
  switch (pending.phase) {
    case "first_check_running": return "first check running";
    case "failing": return "failing";
    case "not_checkable": return "not checkable yet";
    case "waiting_for_ping": return "no ping yet";
    default: return "pending";
  }
}

/** From when on a monitor that fails in its grace period alerts people; nothing once it does. */
export function alertsFrom(pending: Schemas["PendingOut"] | null | undefined): string | undefined {
  const isQuiet = pending?.phase === "failing" && Date.parse(pending.alerts_from) > Date.now();
  return isQuiet ? `alerts from ${localMinute(pending.alerts_from)} on` : undefined;
}

/** Where a monitor stands, with what the status alone does not say. */
export function MonitorStatus({ of }: { of: Stands }) {
  if (of.status === "up" && of.failing_regions.length)
    return <Status state="regional" word={`up, fails in ${of.failing_regions.join(", ")}`} />;
  if (of.status === "up" && of.degraded) return <Status state="degraded" word="up, slow" />;
  if (of.pending) return <Status state={of.pending.phase === "failing" ? "failing" : "pending"} word={pendingWord(of.pending)} />;
  return <Status state={of.status} />;
}
