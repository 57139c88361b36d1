/** Requests to the REST API; paths and answers have the types of the OpenAPI document. */

import type { components, paths } from "./generated/schema";
import { accessToken, end } from "./session";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Answers<T> = T extends { responses: infer R }
  ? R extends { 200: infer Ok }
    ? Json<Ok>
    : R extends { 201: infer Made }
      ? Json<Made>
      : undefined
  : never;
export type Method = "get" | "post" | "patch" | "delete";
type With<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, infer T> ? (T extends undefined ? never : P) : never;
}[keyof paths];
export type Answer<M extends Method, P extends keyof paths> = Answers<paths[P][M]>;

export interface Asked {
  /** What stands for the `{parameters}` of a path. */
  at?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The API refused, or did not answer; `problem` is what it said. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly problem: Pick<Problem, "title" | "detail"> & Partial<Problem>,
  ) {
    super(problem.detail);
  }

  /** Sentences by the JSON pointer of the field that they are about. */
  get fields(): Record<string, string> {
    return Object.fromEntries((this.problem.errors ?? []).map((e) => [e.pointer, e.detail]));
  }
}

const AWAY = {
  title: "The API does not answer",
  detail: "The API does not answer. This page tries again by itself.",
};

export async function call<M extends Method, P extends With<M>>(
  method: M,
  path: P,
  asked: Asked = {},
): Promise<Answer<M, P>> {
  const answer = await send(method, address(String(path), asked), asked);
  if (!answer.ok) throw await failure(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer<M, P>;
}

/** Like `call` for paths that are known only when the page runs. */
export async function callAny(method: Method, path: string, asked: Asked = {}): Promise<unknown> {
  return call(method as "get", path as never, asked);
}

export function address(path: string, { at = {}, query = {} }: Asked): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${filled}?${text}` : filled;
}

async function send(method: Method, url: string, asked: Asked): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...asked.headers };
  const token = accessToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  const request: RequestInit = {
    method: method.toUpperCase(),
    headers,
    cache: "no-store",
    credentials: "omit",
  };
  if (asked.signal) request.signal = asked.signal;
  if (asked.body !== undefined) {
    headers["Content-Type"] =
      method === "patch" ? "application/merge-patch+json" : "application/json";
    request.body = JSON.stringify(asked.body);
  }
  let answer: Response;
  try {
    answer = await fetch(url, request);
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    throw new Failure(0, AWAY);
  }
  // A token that has run out ends the session; a wrong password does not begin one.
  if (answer.status === 401 && token && token === accessToken()) end();
  return answer;
}

async function failure(answer: Response): Promise<Failure> {
  try {
    return new Failure(answer.status, (await answer.json()) as Problem);
  } catch {
    return new Failure(answer.status, { ...AWAY, title: `HTTP ${answer.status}` });
  }
}
