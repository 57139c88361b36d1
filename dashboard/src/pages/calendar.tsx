import { useQuery } from "@tanstack/react-query";
import { offers } from "../api/offers";
import { POLL } from "../api/queries";
import { callAny } from "../api/request";
import { Panel } from "../ui/page";
import { Shown } from "../ui/states";
import { Ago, Moment } from "../ui/time";

const PATH = "/v1/maintenance-calendar";

interface Occurrence {
  window_id: string;
  name: string;
  starts_at: string;
  ends_at: string;
}

/** The maintenance of the next 30 days, day by day; the API works out the recurrences. */
export function Calendar() {
  const query = useQuery({
    queryKey: ["calendar"],
    queryFn: async ({ signal }) => ((await callAny("get", PATH, { signal })) as { items: Occurrence[] }).items,
    refetchInterval: POLL,
    enabled: offers("get", PATH),
  });
  if (!offers("get", PATH)) return null;
  return (
    <Panel title="The next 30 days">
      <Shown of={query} rows={2}>
        {(items) =>
          items.length ? (
            <ol className="calendar">
              {items.map((each) => (
                <li key={`${each.window_id} ${each.starts_at}`}>
                  <b>{each.name}</b>
                  <span><Moment at={each.starts_at} /> to <Moment at={each.ends_at} /></span>
                  <span className="faint">begins <Ago at={each.starts_at} /></span>
                </li>
              ))}
            </ol>
          ) : (
            <p className="hint">Nothing is announced.</p>
          )
        }
      </Shown>
    </Panel>
  );
}
