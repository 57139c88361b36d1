/** A stand-in for the REST API: answers by method and path, and remembers what it was asked. */

import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { vi } from "vitest";
import { makeClient } from "../src/api/connection";

export interface Asked {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

export type Answers = Record<string, unknown | ((asked: Asked) => Response)>;

export function answer(body: unknown, status = 200): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), { status });
}

export function problem(status: number, detail: string, errors: { pointer: string; detail: string }[] = []): Response {
  return answer({ type: "about:blank", title: "Refused", status, detail, request_id: "req-1", errors }, status);
}

/** Answer each "GET /path" (without its query) with a body, or as a function says. */
export function standIn(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (url: string, request: RequestInit = {}) => {
    const method = request.method ?? "GET";
    const now: Asked = {
      method,
      url,
      headers: (request.headers ?? {}) as Record<string, string>,
      body: request.body ? JSON.parse(String(request.body)) : undefined,
    };
    asked.push(now);
    const found = answers[`${method} ${url.split("?")[0]}`];
    if (found === undefined) return problem(404, `nothing at ${method} ${url}`);
    return typeof found === "function" ? (found as (asked: Asked) => Response)(now) : answer(found);
  });
  return asked;
}

export function show(page: ReactNode) {
  return render(createElement(QueryClientProvider, { client: makeClient() }, page));
}
