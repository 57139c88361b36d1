/** Numbers, durations and instants as people read them. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "45 s", "3 min", "2 h 5 min", "4 d 3 h". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return pair(whole, MINUTE, "min", 1, "s", whole < 10 * MINUTE);
  if (whole < DAY) return pair(whole, HOUR, "h", MINUTE, "min", true);
  return pair(whole, DAY, "d", HOUR, "h", whole < 10 * DAY);
}

function pair(all: number, big: number, one: string, small: number, two: string, both: boolean): string {
  const rest = Math.floor((all % big) / small);
  const head = `${Math.floor(all / big)} ${one}`;
  return both && rest ? `${head} ${rest} ${two}` : head;
}

/** "12 min ago", "in 3 d". */
export function relative(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

export function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** As the API gives it, cut rather than rounded: 99.999 never becomes 100. */
export function percent(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return "–";
  const cut = Math.floor(value * 10 ** digits + 1e-6) / 10 ** digits;
  return `${cut === 100 ? "100" : cut.toFixed(digits)} %`;
}

const local = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

export function localTime(at: string): string {
  return local.format(new Date(at));
}

const minute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** "17:33" */
export function localMinute(at: string): string {
  return minute.format(new Date(at));
}

export function localClock(at: string): string {
  return clock.format(new Date(at));
}

/** "2026-01-31 12:00:00 UTC" */
export function utcTime(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "interval_seconds" becomes "Interval"; its unit is a matter of its own. */
export function label(name: string): string {
  const known = KNOWN[name];
  if (known) return known;
  const words = name.replace(/_(seconds|ms|minutes|days|percent)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/\b(url|tls|dns|id|ip|sni|http)\b/g, (w) => w.toUpperCase());
}

export function unit(name: string): string | undefined {
  return { seconds: "seconds", ms: "ms", minutes: "minutes", days: "days", percent: "%" }[
    name.split("_").at(-1) ?? ""
  ];
}

const KNOWN: Record<string, string> = {
  http: "HTTP",
  tcp: "TCP",
  tls: "TLS",
  dns: "DNS",
  grpc: "gRPC",
  url: "URL",
  id: "Id",
  confirm_after: "Confirm after (rounds)",
  recover_after: "Recover after (rounds)",
  degraded_after_ms: "Degraded above",
  pagerduty: "PagerDuty",
  sns: "SNS",
  ntfy: "ntfy",
};

/** "connect_timeout" becomes "connect timeout". */
export function plain(code: string): string {
  return code.replaceAll("_", " ").replace(/\.(?=[a-z])/g, ": ");
}
