/** What a page shows while there is nothing to show, and when something went wrong. */

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "../api/request";

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div className="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const problem = error instanceof Failure ? error.problem : null;
  return (
    <div className="trouble" role="alert">
      <h2>{problem?.title ?? "Something went wrong in this page"}</h2>
      <p>{problem?.detail ?? String(error)}</p>
      {problem?.request_id && <p className="faint">Request {problem.request_id}</p>}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Show the last data that there are, whatever became of the newest request. */
export function Shown<T>({ of, children, rows }: { of: UseQueryResult<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Trouble error={of.error} again={() => void of.refetch()} />;
  return <Loading {...(rows ? { rows } : {})} />;
}
