import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { incidents } from "../api/queries";
import { go, useAddress } from "../router";
import { Page } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { IncidentList } from "./incident_list";

const KINDS = [["", "all"], ["open", "open"], ["resolved", "over"]] as const;
const PAGE = 50;
const MOST = 200;

export function IncidentsPage() {
  const status = useAddress().searchParams.get("status") ?? "";
  const [limit, setLimit] = useState(PAGE);
  const chosen = status === "open" || status === "resolved" ? { status } as const : {};
  const query = useQuery(incidents({ ...chosen, limit }));
  return (
    <Page title="Incidents">
      <div className="tabs" role="group" aria-label="Which incidents">
        {KINDS.map(([each, title]) => (
          <button key={title} type="button" aria-pressed={each === status} onClick={() => go(each ? `/incidents?status=${each}` : "/incidents", { replace: true })}>{title}</button>
        ))}
      </div>
      <Shown of={query} rows={8}>
        {({ items, next_cursor }) =>
          items.length ? (
            <section className="panel">
              <IncidentList incidents={items} named />
              {next_cursor && limit < MOST && <button type="button" onClick={() => setLimit(MOST)}>Show more</button>}
            </section>
          ) : (
            <Empty title={status === "open" ? "Nothing is down" : "No incident"}>
              <p>An incident opens when a quorum of regions sees the same slot fail.</p>
            </Empty>
          )
        }
      </Shown>
    </Page>
  );
}
