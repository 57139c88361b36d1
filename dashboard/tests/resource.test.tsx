import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { EditResourcePage, NewResourcePage, ResourcePage } from "../src/pages/resource";
import { go } from "../src/router";
import { answer, problem, show, standIn } from "./api";
import { user } from "./user";

// Any resource of the API will do: the page knows none of them by itself.
vi.mock("../src/pages/resources", () => ({
  RESOURCES: [{ to: "/things", path: "/v1/channels", schema: "ChannelIn", title: "Things", one: "thing", why: "They help.", shown: ["events", "created_at"] }],
}));

const THING = { id: "ch_1", name: "First", kind: "email", email: { to: ["a@shop.example"] }, events: ["opened"], severities: ["outage", "regional", "degraded"],  enabled: true, revision: 3, created_at: "2026-01-01T12:00:00Z" };
const READ = { "GET /v1/session": { id: "1", name: "Ann", scope: "write" }, "GET /v1/overview": { items: [] }, "GET /v1/channels": { items: [THING], next_cursor: null } };

beforeEach(() => go("/things"));

test("a list shows what there is, and where there is none what it is good for", async () => {
  standIn(READ);
  const { unmount } = show(<ResourcePage />);
  expect(await screen.findByText("First")).toBeTruthy();
  expect(screen.getByText("opened")).toBeTruthy();
  unmount();
  standIn({ ...READ, "GET /v1/channels": { items: [], next_cursor: null } });
  show(<ResourcePage />);
  expect(await screen.findByText("They help.")).toBeTruthy();
});

test("adding sends the form, and what is wrong stands at its field", async () => {
  go("/things/new");
  let first = true;
  standIn({
    ...READ,
    "POST /v1/channels": () => {
      if (!first) return answer(THING, 201);
      first = false;
      return problem(422, "A field is wrong.", [{ pointer: "/name", detail: "write one line" }]);
    },
  });
  show(<NewResourcePage />);
  await user.click(screen.getByRole("button", { name: "Add" }));
  await waitFor(() => expect(document.querySelector(".wrong .error")?.textContent).toBe("write one line"));
  await user.type(screen.getByLabelText(/^Name/), "Second");
  await user.click(screen.getByRole("button", { name: "Add" }));
  await waitFor(() => expect(location.pathname).toBe("/things"));
});

test("an edit is a merge patch on top of the revision that was seen; deleting asks first", async () => {
  go("/things/ch_1");
  const asked = standIn({ ...READ, "PATCH /v1/channels/ch_1": THING, "DELETE /v1/channels/ch_1": () => answer(null, 204) });
  const { unmount } = show(<EditResourcePage id="ch_1" />);
  const name = await screen.findByLabelText(/^Name/);
  await user.clear(name);
  await user.type(name, "Renamed");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(asked.some((each) => each.method === "PATCH")).toBe(true));
  const patch = asked.find((each) => each.method === "PATCH");
  expect(patch?.body).toEqual({ name: "Renamed" });
  expect(patch?.headers["If-Match"]).toBe('"3"');
  unmount();
  go("/things");
  show(<ResourcePage />);
  await user.click(await screen.findByRole("button", { name: "Delete" }));
  expect(asked.some((each) => each.method === "DELETE")).toBe(false);
  await user.click(screen.getAllByRole("button", { name: "Delete" }).at(-1) as HTMLElement);
  await waitFor(() => expect(asked.find((each) => each.method === "DELETE")?.headers["If-Match"]).toBe('"3"'));
});
