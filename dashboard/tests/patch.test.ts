// @vitest-environment node
import { expect, test } from "vitest";
import { mergePatch } from "../src/form/patch";

/** RFC 7396, section 2. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === "object" && target && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  return result;
}

const monitor = { name: "Shop", tags: ["a"], http: { method: "GET", headers: { A: "1", B: "2" } }, degraded_after_ms: 100 };

test.each([
  [{ ...monitor, name: "Blog" }, { name: "Blog" }],
  [{ ...monitor, http: { method: "GET", headers: { A: "1" } } }, { http: { headers: { B: null } } }],
  [{ ...monitor, tags: [] }, { tags: [] }],
  [{ ...monitor, degraded_after_ms: undefined }, { degraded_after_ms: null }],
  [monitor, {}],
])("a patch says what changed and nothing else", (after, patch) => {
  expect(mergePatch(monitor, after)).toEqual(patch);
  expect(applied(monitor, patch)).toEqual(JSON.parse(JSON.stringify(after)));
});
