import { memo, useMemo } from "react";
import type { Monitor, Result } from "../api/queries";
import type { Schemas } from "../api/request";
import { Foreign } from "../ui/foreign";
import { Panel } from "../ui/page";
import { Status } from "../ui/status";
import { Ago, Moment } from "../ui/time";
import { localTime, milliseconds, plain } from "../ui/words";

const SLOTS = 60;
const SHOWN = 30;

/** Slots by region: who looked, and what was seen. */
export const HeatMap = memo(function HeatMap({ results, monitor }: { results: Result[]; monitor: Monitor }) {
  const { slots, seen, regions } = useMemo(() => mapOf(results, monitor.regions), [results, monitor.regions]);
  return (
    <Panel title="Slots by region" aside={<Legend />}>
      {slots.length ? (
        <div className="heat" role="img" aria-label={`The last ${slots.length} slots in ${regions.length} regions; the table of results below says the same in words`}>
          {regions.map((region) => (
            <div key={region}>
              <span>{region}</span>
              <div>
                {slots.map((slot) => {
                  const result = seen.get(`${slot} ${region}`);
                  return <i key={slot} className={result ? `seen-${look(result)}` : "seen-none"} title={result ? hint(result) : `${localTime(slot)}: not this region's turn`} />;
                })}
              </div>
            </div>
          ))}
        </div>
      ) : (
        <p className="hint">There are no results yet.</p>
      )}
    </Panel>
  );
});

function mapOf(results: Result[], wanted: string[]) {
  const votes = results.filter((each) => each.purpose !== "manual");
  const slots = [...new Set(votes.map((each) => each.slot))].slice(0, SLOTS).reverse();
  const seen = new Map(votes.map((each) => [`${each.slot} ${each.region}`, each]));
  return { slots, seen, regions: [...new Set([...wanted, ...votes.map((each) => each.region)])] };
}

function look(result: Result): string {
  return result.outcome === "success" && result.degraded ? "degraded" : result.outcome;
}

function hint(result: Result): string {
  const what = result.error ? plain(result.error) : milliseconds(result.latency_ms);
  return `${localTime(result.slot)}, ${result.region}: ${result.outcome} (${result.purpose}), ${what}`;
}

function Legend() {
  return (
    <span className="legend">
      {["success", "degraded", "failure", "unknown"].map((each) => (
        <span key={each}><i className={`seen-${each}`} /> {each === "degraded" ? "slow" : each}</span>
      ))}
    </span>
  );
}

export function LastResults({ results }: { results: Result[] }) {
  return (
    <Panel title="Last results">
      {results.length ? <Results results={results.slice(0, SHOWN)} label="Last results" /> : <p className="hint">There are no results yet.</p>}
    </Panel>
  );
}

/** Results with their evidence: what a target sent stays text. */
export function Results({ results, label }: { results: Result[]; label: string }) {
  return (
    <ul className="results" aria-label={label}>
      {results.map((each) => (
        <li key={`${each.slot} ${each.region} ${each.purpose} ${each.revision}`}>
          <details>
            <summary>
              <Status state={look(each) === "degraded" ? "degraded" : each.outcome} word={look(each) === "degraded" ? "slow" : each.outcome} />
              <span>{each.region}</span>
              <span className="num">{milliseconds(each.latency_ms)}</span>
              <span className={each.error ? "what" : "what is-code"}>{each.error ? <><code>{plain(each.error)}</code> <Foreign text={each.detail ?? ""} /></> : each.status_code}</span>
              <span className="faint"><Ago at={each.started_at} /></span>
            </summary>
            <Evidence result={each} />
          </details>
        </li>
      ))}
    </ul>
  );
}

/** The answer to a check on demand. */
export function Checked({ answer }: { answer: Schemas["CheckOut"] }) {
  return (
    <div className="stack">
      {!answer.complete && <p className="hint">Some regions have not answered yet.</p>}
      <Results results={answer.items} label="What each region sees" />
    </div>
  );
}

function Evidence({ result }: { result: Result }) {
  const phases = Object.entries(result.timings ?? {}).filter(([, ms]) => ms !== null);
  return (
    <div className="evidence">
      <dl className="facts-list">
        <div><dt>Started</dt><dd><Moment at={result.started_at} /> ({result.purpose}, {milliseconds(result.lateness_ms)} late)</dd></div>
        {result.status_code !== null && <div><dt>Status</dt><dd>{result.status_code}</dd></div>}
        {result.remote_address && <div><dt>Address</dt><dd><bdi>{result.remote_address}</bdi></dd></div>}
        {phases.length > 0 && <div><dt>Phases</dt><dd>{phases.map(([name, ms]) => `${plain(name.replace(/_ms$/, ""))} ${milliseconds(ms)}`).join(" · ")}</dd></div>}
        {result.tls_expires_at && <div><dt>Certificate</dt><dd>until <Moment at={result.tls_expires_at} /></dd></div>}
        {result.detail && <div><dt>Detail</dt><dd><Foreign text={result.detail} /></dd></div>}
      </dl>
      {result.body_sample && <Foreign block text={result.body_sample} />}
    </div>
  );
}
