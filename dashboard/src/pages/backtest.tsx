/** Trying a policy on the past: what it would have made of the results, beside what happened. */

import { useState } from "react";
import type { Monitor } from "../api/queries";
import { callAny } from "../api/request";
import { Form } from "../form/form";
import { Panel } from "../ui/page";
import { Moment } from "../ui/time";
import { duration, milliseconds, plain } from "../ui/words";

interface Tried {
  opened_at: string;
  resolved_at: string | null;
  duration_seconds: number | null;
  cause: string;
}

interface Course {
  incidents: Tried[];
  alerts: number;
  downtime_seconds: number;
  detection_delay_ms: number | null;
}

interface Answer {
  from: string;
  limited_by: string | null;
  to: string;
  results: number;
  proposed: Course;
  actual: Course;
  avoided_alarms: number;
  spared: Tried[];
  added: Tried[];
  missing_votes: number;
}

export function Backtest({ monitor }: { monitor: Monitor }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const send = async (body: Record<string, unknown>) =>
    setAnswer((await callAny("post", "/v1/monitors/{monitor_id}/backtest", { at: { monitor_id: monitor.id }, body })) as Answer);
  return (
    <Panel title="Try a policy on the past">
      <Form schema="BacktestIn" action="Try it" send={send} />
      {answer && <Outcome answer={answer} />}
    </Panel>
  );
}

function Outcome({ answer }: { answer: Answer }) {
  const rows: [string, (course: Course) => string][] = [
    ["Incidents", (course) => String(course.incidents.length)],
    ["Alerts", (course) => String(course.alerts)],
    ["Downtime", (course) => duration(course.downtime_seconds)],
    ["Detection, median", (course) => milliseconds(course.detection_delay_ms)],
  ];
  return (
    <div className="stack" role="status">
      <p className="hint">
        {answer.results} results from <Moment at={answer.from} /> to <Moment at={answer.to} />
        {answer.limited_by && ` (not earlier: ${answer.limited_by})`}; {answer.avoided_alarms} false alarms avoided
        {answer.missing_votes > 0 && `; ${answer.missing_votes} votes that nobody measured`}
      </p>
      <table>
        <thead><tr><th scope="col" /><th scope="col">as proposed</th><th scope="col">as it happened</th></tr></thead>
        <tbody>
          {rows.map(([name, of]) => (
            <tr key={name}><th scope="row">{name}</th><td className="num">{of(answer.proposed)}</td><td className="num">{of(answer.actual)}</td></tr>
          ))}
        </tbody>
      </table>
      <Strip title="as proposed" answer={answer} incidents={answer.proposed.incidents} />
      <Strip title="as it happened" answer={answer} incidents={answer.actual.incidents} />
      <Told title="Incidents that would not have been" incidents={answer.spared} />
      <Told title="Incidents that were not" incidents={answer.added} />
    </div>
  );
}

/** The window as a strip of time, with its incidents. */
function Strip({ title, answer, incidents }: { title: string; answer: Answer; incidents: Tried[] }) {
  const [from, to] = [Date.parse(answer.from), Date.parse(answer.to)];
  const place = (at: string) => (1000 * (Date.parse(at) - from)) / (to - from);
  return (
    <figure className="strip">
      <figcaption className="faint">{title}</figcaption>
      <svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label={`${incidents.length} incidents ${title}`}>
        <rect className="ground" width="1000" height="24" />
        {incidents.map((each) => {
          const left = Math.max(0, place(each.opened_at));
          return <rect key={each.opened_at} className="outage" x={left} width={Math.max(2, place(each.resolved_at ?? answer.to) - left)} height="24" />;
        })}
      </svg>
    </figure>
  );
}

function Told({ title, incidents }: { title: string; incidents: Tried[] }) {
  if (!incidents.length) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {incidents.map((each) => (
          <li key={each.opened_at}>
            <Moment at={each.opened_at} /> <code>{plain(each.cause)}</code> {each.duration_seconds === null ? "still open" : duration(each.duration_seconds)}
          </li>
        ))}
      </ul>
    </div>
  );
}
