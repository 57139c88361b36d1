import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { PostsPage } from "../src/pages/posts";
import { NewResourcePage, ResourcePage } from "../src/pages/resource";
import { go } from "../src/router";
import { Notices } from "../src/ui/notices";
import { answer, show, standIn } from "./api";
import { user } from "./user";

const PAGE = { id: "sp_1", revision: 1, name: "Shop status", slug: "shop", description: "", monitors: [{ monitor_id: "mon_1", name: "Checkout" }], logo: null, subscriptions: true, published: true, created_at: "2026-01-01T12:00:00Z", updated_at: "2026-01-01T12:00:00Z" };
const INCIDENT = { id: "inc_1", monitor_name: "checkout-eu", state: "open", opened_at: "2026-01-01T12:00:00Z" };
const POST = { id: "post_1", at: "2026-01-01T12:05:00Z", title: "Slow", text: "We look into it.", stage: "investigating", mails: "sent" };
const READ = {
  "GET /v1/session": { id: "1", name: "Ann", scope: "write" },
  "GET /v1/channels": { items: [], next_cursor: null },
  "GET /v1/overview": { items: [{ id: "mon_1", name: "checkout-eu" }] },
  "GET /v1/status-pages": { items: [PAGE], next_cursor: null },
  "GET /v1/incidents": { items: [INCIDENT], next_cursor: null },
  "GET /v1/status-pages/sp_1/posts": { items: [POST], next_cursor: null },
};
const PICTURE = new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47])], "logo.png", { type: "image/png" });

beforeEach(() => go("/status-pages"));

test("a page shows where it is, and its monitors by their public names", async () => {
  standIn(READ);
  show(<ResourcePage />);
  expect((await screen.findByRole("link", { name: "/status/shop" })).getAttribute("href")).toBe("/status/shop");
  expect(await screen.findByText("Checkout (checkout-eu)")).toBeTruthy();
});

test("a page is added with monitors and a logo from this machine", async () => {
  go("/status-pages/new");
  const asked = standIn({ ...READ, "POST /v1/status-pages": () => answer(PAGE, 201) });
  show(<NewResourcePage />);
  await user.type(screen.getByLabelText(/^Name/), "Shop status");
  await user.type(screen.getByLabelText(/^Slug/), "shop");
  await user.upload(screen.getByLabelText("Logo"), PICTURE);
  expect(await screen.findByText("An image of 1 KB is chosen.")).toBeTruthy();
  const [addMonitor, addPage] = screen.getAllByRole("button", { name: "Add" });
  await user.click(addMonitor!);
  await user.selectOptions(await screen.findByLabelText(/^Monitor ID/), "mon_1");
  await user.type(screen.getAllByLabelText(/^Name/)[1]!, "Checkout");
  await user.click(addPage!);
  await waitFor(() => expect(location.pathname).toBe("/status-pages"));
  expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({
    name: "Shop status", slug: "shop", logo: "data:image/png;base64,iVBORw==", monitors: [{ monitor_id: "mon_1", name: "Checkout" }],
  });
});

test("a logo that is too large is refused before it is sent", async () => {
  go("/status-pages/new");
  standIn(READ);
  show(<NewResourcePage />);
  await user.upload(screen.getByLabelText("Logo"), new File([new Uint8Array(30_000)], "huge.png", { type: "image/png" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/^huge.png is too large: .*16 KB at most/);
});

test("what is being written stays when news arrive", async () => {
  let arrive = () => {};
  const late = new Promise<Response>((resolve) => { arrive = () => resolve(answer({ items: [POST], next_cursor: null })); });
  standIn({ ...READ, "GET /v1/status-pages/sp_1/posts": () => late as unknown as Response });
  show(<PostsPage id="sp_1" />);
  await user.type(await screen.findByLabelText(/^Title/), "Slow");
  arrive();
  expect(await screen.findByText("Investigating: Slow")).toBeTruthy();
  expect(screen.getByLabelText(/^Title/)).toHaveProperty("value", "Slow");
});

test("a post is about an incident that is chosen by its monitor", async () => {
  const asked = standIn({ ...READ, "POST /v1/status-pages/sp_1/posts": () => answer(POST, 201) });
  show(<><PostsPage id="sp_1" /><Notices /></>);
  expect(await screen.findByText("Investigating: Slow")).toBeTruthy();
  await user.type(screen.getByLabelText(/^Title/), "Slow");
  await user.type(screen.getByLabelText(/^Text/), "We look into it.");
  await screen.findByRole("option", { name: /^checkout-eu: open since/ });
  await user.selectOptions(screen.getByLabelText("Incident ID"), "inc_1");
  await user.click(screen.getByRole("button", { name: "Post" }));
  expect(await screen.findByText("The page tells it now.")).toBeTruthy();
  expect(asked.find((each) => each.method === "POST")?.body).toMatchObject({ title: "Slow", incident_id: "inc_1", mail: true });
});
