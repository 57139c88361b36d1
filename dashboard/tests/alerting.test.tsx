import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { IncidentPage } from "../src/pages/incident";
import { PausedAddressesPage } from "../src/pages/paused_addresses";
import { go } from "../src/router";
import { Notices } from "../src/ui/notices";
import { answer, show, standIn } from "./api";
import { user } from "./user";

const INCIDENT = {
  id: "inc_1", monitor_id: "mon_1", monitor_name: "Shop", target: "https://shop.example/", state: "open", severity: "outage",
  cause: "connect_refused", cause_detail: "nothing listens", opened_at: "2026-01-01T12:00:00Z", confirmed_at: "2026-01-01T12:00:02Z",
  resolved_at: null, duration_seconds: null, detection_delay_ms: 2000, regions: ["eu-west-1"], acknowledged_at: null, acknowledged_by: null, timeline: [],
};
const ACKNOWLEDGE = "POST /v1/incidents/inc_1/acknowledge";
const read = (scope: string, incident: object = INCIDENT) => ({
  "GET /v1/session": { id: "1", name: "Ann", scope },
  "GET /v1/channels": { items: [], next_cursor: null },
  "GET /v1/incidents/inc_1": incident,
  [ACKNOWLEDGE]: {},
});
const PAUSED = { id: "pad_1", address: "gone@shop.example", reason: "bounce", detail: "550 no such user", paused_at: "2026-01-01T12:00:00Z", incident_id: null, channel_id: null };

beforeEach(() => go("/incidents/inc_1?acknowledge=1"));

function acknowledged(asked: { method: string; url: string }[]): number {
  return asked.filter((each) => `${each.method} ${each.url}` === ACKNOWLEDGE).length;
}

test("the link of a message acknowledges at once, and once", async () => {
  const asked = standIn(read("write"));
  show(<IncidentPage id="inc_1" />);
  await waitFor(() => expect(acknowledged(asked)).toBe(1));
  await waitFor(() => expect(asked.filter((each) => each.url.startsWith("/v1/incidents/inc_1")).length).toBeGreaterThan(2));
  expect(location.search).toBe("");
  expect(acknowledged(asked)).toBe(1);
});

test("without that link nothing is acknowledged by looking", async () => {
  go("/incidents/inc_1");
  const asked = standIn(read("write"));
  show(<IncidentPage id="inc_1" />);
  expect(await screen.findByRole("button", { name: "Acknowledge" })).toBeTruthy();
  expect(acknowledged(asked)).toBe(0);
  await user.click(screen.getByRole("button", { name: "Acknowledge" }));
  await waitFor(() => expect(acknowledged(asked)).toBe(1));
});

const GROUP = {
  id: "grp_1", total: 4, cause: { kind: "address", value: "192.0.2.7", shared_by: 4, members: 4, sentence: "All 4 are at the address 192.0.2.7." },
  incidents: [{ id: "inc_1", monitor_id: "mon_1", monitor_name: "Shop" }, { id: "inc_2", monitor_id: "mon_2", monitor_name: "Search" }],
};

test("what was told in one message is shown and acknowledged together", async () => {
  go("/incidents/inc_1");
  const asked = standIn(read("write", { ...INCIDENT, group: GROUP }));
  show(<IncidentPage id="inc_1" />);
  expect(await screen.findByText("All 4 are at the address 192.0.2.7.")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Search" }).getAttribute("href")).toBe("/incidents/inc_2");
  expect(screen.getByText("and 2 more")).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: "Acknowledge all that last" }));
  await waitFor(() => expect(acknowledged(asked)).toBe(1));
  expect(asked.find((each) => each.method === "POST")?.body).toEqual({ group: true });
});

test("the link of a group's message acknowledges all, though this one is over", async () => {
  go("/incidents/inc_1?acknowledge=all");
  const asked = standIn(read("write", { ...INCIDENT, group: GROUP, state: "resolved", resolved_at: "2026-01-01T13:00:00Z", duration_seconds: 3600 }));
  show(<IncidentPage id="inc_1" />);
  await waitFor(() => expect(acknowledged(asked)).toBe(1));
  expect(asked.find((each) => each.method === "POST")?.body).toEqual({ group: true });
});

test("who may only read is told so", async () => {
  const asked = standIn(read("read"));
  show(<><IncidentPage id="inc_1" /><Notices /></>);
  expect(await screen.findByText(/Only editors acknowledge/)).toBeTruthy();
  expect(acknowledged(asked)).toBe(0);
});

test.each([
  ["over", { state: "resolved", resolved_at: "2026-01-01T13:00:00Z", duration_seconds: 3600 }],
  ["taken care of", { acknowledged_at: "2026-01-01T12:30:00Z", acknowledged_by: "Bob" }],
])("what is %s already is only shown", async (_how, change) => {
  const asked = standIn(read("write", { ...INCIDENT, ...change }));
  show(<IncidentPage id="inc_1" />);
  await waitFor(() => expect(location.search).toBe(""));
  expect(acknowledged(asked)).toBe(0);
});

test("a paused address says why, and is resumed after a question", async () => {
  const asked = standIn({ ...read("write"), "GET /v1/paused-addresses": { items: [PAUSED], next_cursor: null }, "DELETE /v1/paused-addresses/pad_1": () => answer(null, 204) });
  show(<PausedAddressesPage />);
  expect(await screen.findByText("gone@shop.example")).toBeTruthy();
  expect(screen.getByText("550 no such user")).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  expect(asked.some((each) => each.method === "DELETE")).toBe(false);
  await user.click(screen.getAllByRole("button", { name: "Resume" }).at(-1) as HTMLElement);
  await waitFor(() => expect(asked.some((each) => each.method === "DELETE" && each.url === "/v1/paused-addresses/pad_1")).toBe(true));
});
