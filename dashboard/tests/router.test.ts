// @vitest-environment node
import { expect, test } from "vitest";
import { address } from "../src/api/request";
import { match } from "../src/router";

test.each([
  ["/", "/", {}], ["/", "/monitors", null], ["/monitors/:id", "/monitors/mon_1", { id: "mon_1" }],
  ["/monitors/:id", "/monitors/mon_1/", { id: "mon_1" }], ["/monitors/:id/edit", "/monitors/a%20b/edit", { id: "a b" }],
  ["/monitors/:id", "/monitors/%", null], ["/monitors/:id", "/monitors/mon_1/edit", null],
])("%s against %s", (pattern, path, found) => expect(match(pattern, path)).toEqual(found));

test("what stands in an address cannot lead to another path", () => {
  const filled = address("/v1/monitors/{monitor_id}/results", { at: { monitor_id: "../users?x=#" }, query: { limit: 5, cursor: undefined } });
  expect(filled).toBe("/v1/monitors/..%2Fusers%3Fx%3D%23/results?limit=5");
});
