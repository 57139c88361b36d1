import { screen, waitFor } from "@testing-library/react";
import { user } from "./user";
import { expect, test } from "vitest";
import { matches, Palette } from "../src/ui/palette";
import { show, standIn } from "./api";

test("a page or monitor is reached by a few letters and the keyboard alone", async () => {
  const items = ["Shop", "Blog"].map((name) => ({ id: `mon_${name}`, name, target: `https://${name}.example/`, status: "up" }));
  standIn({ "GET /v1/overview": { items }, "GET /v1/session": { scope: "read", id: "1", name: "Ann" } });
  let closed = false;
  show(<Palette close={() => (closed = true)} />);
  expect(await screen.findByText("Blog")).toBeTruthy();
  expect(screen.queryByText("People")).toBeNull();
  await user.keyboard("blog exam{Enter}");
  await waitFor(() => expect(location.pathname).toBe("/monitors/mon_Blog"));
  expect(closed).toBe(true);
});

test("each word has to occur somewhere", () => {
  const command = { title: "Front page", more: "https://shop.example/" };
  expect(matches(command, "shop FRONT")).toBe(true);
  expect(matches(command, "shop back")).toBe(false);
});
