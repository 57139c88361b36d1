import { screen, waitFor } from "@testing-library/react";
import { user } from "./user";
import { beforeEach, expect, test } from "vitest";
import { ChannelsPage, NewChannelPage } from "../src/pages/channels";
import { EditMonitorPage, NewMonitorPage } from "../src/pages/monitor_form";
import { go } from "../src/router";
import { answer, problem, show, standIn } from "./api";

const MESH = { version: "1", home_region: "eu-west-1", at: "2026-01-01T12:00:00Z", regions: ["eu-west-1", "us-east-1"].map((region) => ({ region })) };
const CHANNELS = { items: [{ id: "ch_1", name: "Ops", kind: "slack" }], next_cursor: null };
const READ = { "GET /v1/mesh": MESH, "GET /v1/channels": CHANNELS, "GET /v1/session": { id: "1", name: "Ann", scope: "write" } };

beforeEach(() => go("/"));

test("a form has the fields of the API, and sends what was written", async () => {
  const asked = standIn({ ...READ, "POST /v1/monitors": () => answer({ id: "mon_1", name: "Shop" }, 201) });
  show(<NewMonitorPage />);
  await user.type(screen.getByLabelText(/^Name/), "Shop");
  await user.type(screen.getByLabelText(/^Target/), "https://shop.example/");
  await user.selectOptions(screen.getByLabelText("Interval"), "30");
  await user.type(screen.getByLabelText("Tags"), "shop{enter}prod");
  await user.click(screen.getByRole("button", { name: "Add the monitor" }));
  await waitFor(() => expect(location.pathname).toBe("/monitors/mon_1"));
  const sent = asked.find((each) => each.method === "POST")?.body;
  expect(sent).toMatchObject({ name: "Shop", kind: "http", target: "https://shop.example/", interval_seconds: 30, tags: ["shop", "prod"] });
  expect(sent).not.toHaveProperty("tcp");
});

test("what the API finds wrong stands at the field, also at one that was folded away", async () => {
  standIn({
    ...READ,
    "POST /v1/monitors": () => problem(422, "Two fields are wrong.", [
      { pointer: "/target", detail: "give a web address" },
      { pointer: "/verification/quorum", detail: "there are 2 regions to vote, not more" },
    ]),
  });
  show(<NewMonitorPage />);
  await user.click(screen.getByRole("button", { name: "Add the monitor" }));
  const target = screen.getByLabelText(/^Target/);
  await waitFor(() => expect(document.getElementById(target.getAttribute("aria-describedby") ?? "")?.textContent).toBe("give a web address"));
  expect(document.activeElement).toBe(target);
  const quorum = screen.getByLabelText("Quorum");
  expect(document.getElementById(quorum.getAttribute("aria-describedby") ?? "")?.textContent).toBe("there are 2 regions to vote, not more");
});

test("a monitor can be tried before it is saved", async () => {
  const seen = { monitor_id: "x", revision: 1, slot: "2026-01-01T12:00:00Z", scheduled_at: "2026-01-01T12:00:00Z", started_at: "2026-01-01T12:00:00Z", lateness_ms: 1, region: "us-east-1", purpose: "manual", outcome: "failure", degraded: false, error: "status_mismatch", detail: "HTTP 503 <b>oops</b>", status_code: 503, latency_ms: 3, timings: null, tls_expires_at: null, remote_address: null, body_sample: null };
  const asked = standIn({ ...READ, "POST /v1/checks": { items: [seen], complete: false } });
  show(<NewMonitorPage />);
  await user.type(screen.getByLabelText(/^Name/), "Draft");
  await user.click(screen.getByRole("button", { name: "Check now, without saving" }));
  expect((await screen.findAllByText(/HTTP 503 <b>oops<\/b>/)).length).toBeGreaterThan(0);
  expect(screen.getByText("Some regions have not answered yet.")).toBeTruthy();
  expect(asked.filter((each) => each.method === "POST").map((each) => each.url)).toEqual(["/v1/checks"]);
});

const MONITOR = {
  id: "mon_1", revision: 7, name: "Shop", kind: "http", target: "https://shop.example/", interval_seconds: 60, timeout_ms: 10000, regions: ["eu-west-1", "us-east-1"],
  strategy: "rotate", verification: { quorum: 2, confirm_after: 1, recover_after: 1 }, grace_period_seconds: 300,
  http: { method: "GET", headers: { Authorization: "***" }, body: null, follow_redirects: true, verify_tls: true, expected_status: ["200-299"] },
  assertions: [], degraded_after_ms: null, channels: null, tags: [], status: "up",
};

test("an edit sends what changed, on top of the revision that was seen", async () => {
  const asked = standIn({ ...READ, "GET /v1/monitors/mon_1": MONITOR, "PATCH /v1/monitors/mon_1": { ...MONITOR, revision: 8 } });
  show(<EditMonitorPage id="mon_1" />);
  const name = await screen.findByLabelText(/^Name/);
  await user.clear(name);
  await user.type(name, "Shop 2");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(location.pathname).toBe("/monitors/mon_1"));
  const patch = asked.find((each) => each.method === "PATCH");
  expect(patch?.body).toEqual({ name: "Shop 2" });
  expect(patch?.headers["If-Match"]).toBe('"7"');
  expect(patch?.headers["Content-Type"]).toBe("application/merge-patch+json");
});

test("only the block of the chosen kind is asked for and sent", async () => {
  const asked = standIn({ ...READ, "POST /v1/channels": () => answer({ id: "ch_2", name: "Hook", kind: "webhook", webhook: { url: "***", secret: "whsec_once" } }, 201) });
  show(<NewChannelPage />);
  expect(screen.getByLabelText(/^Kind/)).toHaveProperty("value", "email");
  await user.type(screen.getByLabelText(/^Name/), "Hook");
  await user.selectOptions(screen.getByLabelText(/^Kind/), "webhook");
  await user.type(screen.getByLabelText(/^URL/), "https://hook.example/");
  expect(screen.queryByLabelText(/^Webhook URL/)).toBeNull();
  await user.click(screen.getByRole("button", { name: "Add the channel" }));
  expect(await screen.findByText("whsec_once")).toBeTruthy();
  expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({ kind: "webhook", webhook: { url: "https://hook.example/" } });
});

test("a test of a channel shows what the provider said, word for word", async () => {
  const channel = { id: "ch_1", name: "Ops", kind: "slack", slack: { webhook_url: "***" }, events: ["opened"], enabled: true, revision: 1 };
  standIn({ ...READ, "GET /v1/channels": { items: [channel], next_cursor: null }, "POST /v1/channels/ch_1/test": { ok: false, answer: "HTTP 404 no_service" } });
  show(<ChannelsPage />);
  await user.click(await screen.findByRole("button", { name: "Send a test" }));
  expect(await screen.findByText("HTTP 404 no_service")).toBeTruthy();
  expect(screen.getByText("not sent")).toBeTruthy();
});

test("a block that nobody needs is asked for once it is wanted, and its kind is chosen", async () => {
  const asked = standIn({ ...READ, "POST /v1/monitors": () => answer({ id: "mon_1", name: "Shop" }, 201) });
  show(<NewMonitorPage />);
  expect(screen.queryByLabelText(/^Key/)).toBeNull();
  await user.click(screen.getByLabelText("Client certificate"));
  await user.type(screen.getByLabelText(/^Key/), "PEM");
  await user.selectOptions(screen.getByLabelText("Auth"), "bearer");
  await user.type(screen.getByLabelText(/^Token/), "s3cret");
  await user.click(screen.getByRole("button", { name: "Add the monitor" }));
  await waitFor(() => expect(location.pathname).toBe("/monitors/mon_1"));
  const sent = asked.find((each) => each.method === "POST")?.body as { http: unknown };
  expect(sent.http).toMatchObject({ client_certificate: { key: "PEM" }, auth: { kind: "bearer", token: "s3cret" } });
});

test("what is not wanted any more is taken out", async () => {
  const basic = { ...MONITOR, http: { ...MONITOR.http, auth: { kind: "basic", username: "ann", password: "***" }, client_certificate: { certificate: "PEM", key: "***" } } };
  const asked = standIn({ ...READ, "GET /v1/monitors/mon_1": basic, "PATCH /v1/monitors/mon_1": basic });
  show(<EditMonitorPage id="mon_1" />);
  expect(await screen.findByLabelText(/^Username/)).toHaveProperty("value", "ann");
  await user.selectOptions(screen.getByLabelText("Auth"), "");
  await user.click(screen.getByLabelText("Client certificate"));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(asked.find((each) => each.method === "PATCH")?.body).toEqual({ http: { auth: null, client_certificate: null } }));
});
