import { act, screen, waitFor } from "@testing-library/react";
import { user } from "./user";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Glance } from "../src/api/queries";
import { forgetTrends } from "../src/api/trends";
import { OverviewPage, rowsOf } from "../src/pages/overview";
import { go } from "../src/router";
import { answer, problem, show, standIn } from "./api";

function glance(name: string, more: Partial<Glance> = {}): Glance {
  return {
    id: `mon_${name}`, name, kind: "http", target: `https://${name}.example/`, tags: [], interval_seconds: 60,
    status: "up", status_since: "2026-01-01T12:00:00Z", degraded: false, failing_regions: [], is_problem: false,
    last_checked_at: "2026-01-01T12:00:00Z", latency_ms: 35.5,
    uptime_percent: { day: 100, week: 99.999, month: 99.5, quarter: null },
    counted_from: "2025-01-01T12:00:00Z", pending: null, ...more,
  };
}

function overviewOf(items: Glance[]) {
  const counts: Record<string, number> = { down: 0, unknown: 0, verifying: 0, pending: 0, up: 0, paused: 0 };
  for (const each of items) counts[each.status] = (counts[each.status] ?? 0) + 1;
  const tags = [...new Set(items.flatMap((each) => each.tags))];
  return { at: "2026-01-01T12:00:00Z", items, counts, problems: items.filter((each) => each.is_problem).length, tags, complete: true };
}

const SCOPE = { id: "1", name: "Ann", scope: "write" };
const NO_TRENDS = { starts_at: "2026-01-01T00:00:00Z", step_seconds: 1800, items: [] };

beforeEach(() => go("/"));
afterEach(() => {
  vi.useRealTimers();
  forgetTrends();
});

test("a monitor shows its status in words, with what the status alone does not say", async () => {
  const items = [
    glance("broken", { status: "down", is_problem: true }),
    glance("regional", { failing_regions: ["us-east-1"], is_problem: true }),
    glance("slow", { degraded: true, is_problem: true }),
  ];
  standIn({ "GET /v1/overview": overviewOf(items), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  expect(await screen.findByText("up, fails in us-east-1")).toBeTruthy();
  expect(screen.getByText("up, slow")).toBeTruthy();
  expect(screen.getAllByText("down").length).toBeGreaterThan(1);
  expect(screen.getAllByText("99.99 %")).toHaveLength(3);
  const links = screen.getAllByRole("link").map((each) => each.getAttribute("href"));
  expect(links).toContain("/monitors/mon_broken");
});

test("a new monitor says what it is waiting for", async () => {
  const alerts_from = new Date(Date.now() + 240_000).toISOString();
  const pending = { alerts_from, error: null, detail: null };
  const items = [
    glance("new", { status: "pending", pending: { ...pending, phase: "first_check_running" } }),
    glance("wrong", { status: "pending", pending: { ...pending, phase: "failing", error: "connect_refused" } }),
    glance("late", { status: "pending", pending: { ...pending, phase: "failing", alerts_from: "2026-01-01T12:00:00Z" } }),
  ];
  standIn({ "GET /v1/overview": overviewOf(items), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  expect(await screen.findByText("first check running")).toBeTruthy();
  expect(screen.getAllByText("failing")).toHaveLength(2);
  expect(screen.getAllByText(/^alerts from \d\d:\d\d on$/)).toHaveLength(1);
});

test("an uptime of a window that is longer than the monitor's life says since when it counts", async () => {
  const born = new Date(Date.now() - 2 * 86_400_000).toISOString();
  const items = [glance("young", { counted_from: born, uptime_percent: { day: 97, week: 98, month: 98, quarter: 98 } })];
  standIn({ "GET /v1/overview": overviewOf(items), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  expect((await screen.findByText(/^97\S* %$/)).getAttribute("title")).toBe("24 hours");
  const partial = screen.getAllByText(/^98\S* %/);
  expect(partial.map((each) => each.title)).toEqual(["7 days", "30 days", "90 days"].map((name) => expect.stringMatching(`^${name}: watched since .* only$`)));
  expect(screen.getAllByText(/^ ?since /).length).toBeGreaterThanOrEqual(3);
});

test("of a thousand monitors only those in sight are in the page, and only their trends are asked for", async () => {
  const items = Array.from({ length: 1000 }, (_, place) => glance(`m${place}`));
  const asked = standIn({ "GET /v1/overview": overviewOf(items), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  expect(await screen.findByText("m0")).toBeTruthy();
  expect(screen.getAllByRole("listitem").length).toBeLessThan(60);
  await waitFor(() => expect(asked.some((each) => each.url.includes("/trends"))).toBe(true));
  const trends = asked.filter((each) => each.url.includes("/trends"));
  expect(trends.length).toBe(1);
  expect(decodeURIComponent(trends[0]?.url ?? "").split(",").length).toBeLessThan(60);
});

test("when the API is away the last data stay", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let away = false;
  standIn({
    "GET /v1/overview": () => (away ? problem(503, "A part of the mesh did not answer.") : answer(overviewOf([glance("shop")]))),
    "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS,
  });
  show(<OverviewPage />);
  expect(await screen.findByText("shop")).toBeTruthy();
  away = true;
  await act(() => vi.advanceTimersByTimeAsync(25_000));
  expect(screen.getByText("shop")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a tab out of sight asks for nothing", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const asked = standIn({ "GET /v1/overview": overviewOf([glance("shop")]), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  expect(await screen.findByText("shop")).toBeTruthy();
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  const hiddenToo = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  window.dispatchEvent(new Event("visibilitychange"));
  const before = asked.length;
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(asked.length).toBe(before);
  hidden.mockRestore();
  hiddenToo.mockRestore();
  window.dispatchEvent(new Event("visibilitychange"));
  await act(() => vi.advanceTimersByTimeAsync(11_000));
  expect(asked.length).toBeGreaterThan(before);
});

test("nothing to watch yet, and what to do about it", async () => {
  standIn({ "GET /v1/overview": overviewOf([]), "GET /v1/session": SCOPE });
  show(<OverviewPage />);
  expect(await screen.findByText("Nothing is watched yet")).toBeTruthy();
  await waitFor(() => expect(screen.getAllByRole("link", { name: "Add a monitor" }).length).toBe(2));
});

test("who may only read is not offered to write", async () => {
  standIn({ "GET /v1/overview": overviewOf([glance("shop")]), "GET /v1/session": { ...SCOPE, scope: "read" }, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  await screen.findByText("shop");
  expect(screen.queryByRole("link", { name: "Add a monitor" })).toBeNull();
});

test("filters are kept in the address", async () => {
  standIn({ "GET /v1/overview": overviewOf([glance("shop", { tags: ["prod"] }), glance("blog")]), "GET /v1/session": SCOPE, "GET /v1/overview/trends": NO_TRENDS });
  show(<OverviewPage />);
  await user.type(await screen.findByLabelText("Part of the name or target"), "sho");
  await user.selectOptions(screen.getByLabelText("Tag"), "prod");
  expect(location.search).toBe("?q=sho&tag=prod");
  await waitFor(() => expect(screen.queryByText("blog")).toBeNull());
});

test("groups by tag keep the order of the API within them", () => {
  const monitors = [glance("a", { tags: ["x", "y"] }), glance("b"), glance("c", { tags: ["x"], is_problem: true })];
  const shown = (filter: object) =>
    rowsOf(monitors, { text: "", status: "", tag: "", grouped: false, ...filter }).map((row) => (row.kind === "group" ? `# ${row.title} ${row.count}` : row.monitor.name));
  expect(shown({ grouped: true })).toEqual(["# without a tag 1", "b", "# x 2", "a", "c", "# y 1", "a"]);
  expect(shown({ status: "problem" })).toEqual(["c"]);
  expect(shown({ text: "B.EXAMPLE" })).toEqual(["b"]);
  expect(shown({ tag: "y" })).toEqual(["a"]);
});
