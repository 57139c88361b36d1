import type { Incident } from "../api/queries";
import { Link } from "../router";
import { Foreign } from "../ui/foreign";
import { Status } from "../ui/status";
import { Ago } from "../ui/time";
import { duration, plain } from "../ui/words";

export function IncidentList({ incidents, named = false }: { incidents: Incident[]; named?: boolean }) {
  return (
    <ul className="incidents">
      {incidents.map((each) => (
        <li key={each.id}>
          <Link to={`/incidents/${each.id}`}>
            <Status state={each.state} />
            <span className="who">
              {named && <b>{each.monitor_name}</b>}
              <span><code>{plain(each.cause)}</code> <Foreign text={each.cause_detail} /></span>
            </span>
            <span className="num">{each.duration_seconds === null ? "still open" : duration(each.duration_seconds)}</span>
            <span className="faint"><Ago at={each.opened_at} /></span>
            <span className="faint">{each.acknowledged_at ? "acknowledged" : ""}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
