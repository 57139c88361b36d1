import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Foreign, visible } from "../src/ui/foreign";

test("what a target sends stays text", () => {
  render(<Foreign text={'<img src=x onerror="alert(1)"><script>alert(2)</script>'} />);
  expect(screen.getByText(/<img src=x/)).toBeTruthy();
  expect(document.querySelector("img, script")).toBeNull();
});

test.each([
  ["\u202egnp.exe", "⟨202e⟩gnp.exe"], ["a\u200bb", "a⟨200b⟩b"], ["\u0000\u001b[31m", "⟨0000⟩⟨001b⟩[31m"], ["x\u2066y\u2069", "x⟨2066⟩y⟨2069⟩"],
  ["\u{e0041}", "⟨e0041⟩"],
])("tricks with direction, width and controls are shown instead of played", (text, shown) =>
  expect(visible(text)).toBe(shown));

test("plain text of any language, lines and tabs stay as they are", () => {
  const text = "Ошибка 503:\n\tסגור · 停止 · é";
  expect(visible(text)).toBe(text);
});
