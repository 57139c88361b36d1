// @vitest-environment node
import { describe, expect, test } from "vitest";
import { duration, label, milliseconds, percent, relative, unit } from "../src/ui/words";

test.each([
  [0, "0 s"], [59.4, "59 s"], [60, "1 min"], [75, "1 min 15 s"], [3599, "59 min"], [3600, "1 h"],
  [5400, "1 h 30 min"], [90_000, "1 d 1 h"], [864_000, "10 d"],
])("%d seconds read as %s", (seconds, words) => expect(duration(seconds)).toBe(words));

test("what is almost a hundred percent never becomes a hundred", () => {
  expect(percent(99.999)).toBe("99.99 %");
  expect(percent(99.999, 3)).toBe("99.999 %");
  expect(percent(100)).toBe("100 %");
  expect(percent(29, 2)).toBe("29.00 %");
  expect(percent(null)).toBe("–");
});

describe("instants", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  test.each([
    ["2026-01-01T11:59:58Z", "just now"], ["2026-01-01T11:58:00Z", "2 min ago"], ["2026-01-03T12:00:00Z", "in 2 d"],
  ])("%s is %s", (at, words) => expect(relative(at, now)).toBe(words));
});

test("fields have names for people, and their units stand apart", () => {
  expect([label("interval_seconds"), unit("interval_seconds")]).toEqual(["Interval", "seconds"]);
  expect([label("webhook_url"), unit("webhook_url")]).toEqual(["Webhook URL", undefined]);
  expect(milliseconds(12_345)).toBe("12.3 s");
});
