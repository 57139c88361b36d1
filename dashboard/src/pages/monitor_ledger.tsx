import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { incidents, ledger, type Transition } from "../api/queries";
import { Foreign } from "../ui/foreign";
import { Panel } from "../ui/page";
import { Shown } from "../ui/states";
import { Glyph, Status } from "../ui/status";
import { Ago, Moment } from "../ui/time";
import { milliseconds, plain } from "../ui/words";
import { IncidentList } from "./incident_list";

const PAGE = 20;
const MOST = 200;

export function MonitorIncidents({ id }: { id: string }) {
  const query = useQuery(incidents({ monitor_id: id, limit: 10 }));
  return (
    <Panel title="Incidents">
      <Shown of={query}>{({ items }) => (items.length ? <IncidentList incidents={items} /> : <p className="hint">No incident so far.</p>)}</Shown>
    </Panel>
  );
}

/** Every decision, with the votes that it rests on. */
export function Ledger({ id }: { id: string }) {
  const [limit, setLimit] = useState(PAGE);
  const query = useQuery(ledger(id, limit));
  return (
    <Panel title="Decisions">
      <Shown of={query}>
        {({ items, next_cursor }) => (
          <>
            {!items.length && <p className="hint">Nothing was decided yet.</p>}
            <ol className="ledger">
              {items.map((row) => (
                <li key={row.version}>
                  <Decision row={row} />
                </li>
              ))}
            </ol>
            {next_cursor && limit < MOST && <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 3))}>Show more</button>}
          </>
        )}
      </Shown>
    </Panel>
  );
}

export function Decision({ row }: { row: Transition }) {
  return (
    <details>
      <summary>
        <span className="change"><Glyph state={row.from} /> {row.from} → <Status state={row.to} /></span>
        <span className="sentence"><Foreign text={row.sentence} /></span>
        <span className="faint"><Ago at={row.at} /></span>
      </summary>
      <div className="evidence">
        <p className="hint">
          <Moment at={row.at} /> · rule <code>{plain(row.rule)}</code> · version {row.version} · revision {row.revision}
          {row.policy && ` · ${row.policy.quorum} failing votes needed`}
        </p>
        <Votes votes={row.votes} />
      </div>
    </details>
  );
}

export function Votes({ votes }: { votes: Transition["votes"] }) {
  if (!votes.length) return <p className="hint">No votes: this was not decided by a round.</p>;
  return (
    <ul className="votes">
      {votes.map((vote) => (
        <li key={`${vote.region} ${vote.purpose}`}>
          <Status state={vote.outcome} /> <b>{vote.region}</b> <span className="faint">{vote.purpose}, {milliseconds(vote.latency_ms)}</span>
          {vote.error && <> <code>{plain(vote.error)}</code></>} {vote.detail && <Foreign text={vote.detail} />}
        </li>
      ))}
    </ul>
  );
}
