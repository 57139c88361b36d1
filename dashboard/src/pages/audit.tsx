import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { auditLog } from "../api/queries";
import { Page, Table } from "../ui/page";
import { Shown } from "../ui/states";
import { Status } from "../ui/status";
import { Moment } from "../ui/time";
import { plain } from "../ui/words";

const PAGE = 50;
const MOST = 200;

/** Every write through the API: who, when, what. */
export function AuditPage() {
  const [limit, setLimit] = useState(PAGE);
  const query = useQuery(auditLog(limit));
  return (
    <Page title="Audit log">
      <Shown of={query} rows={10}>
        {({ items, next_cursor }) => (
          <section className="panel">
            <Table label="Audit log" head={["When", "Who", "What", "Item", "Revision", "Fields", "Outcome"]}>
              {items.map((each) => (
                <tr key={each.id}>
                  <td><Moment at={each.at} /></td>
                  <td><bdi>{each.by}</bdi></td>
                  <td>{plain(each.action)}</td>
                  <td><code>{each.item_id}</code>{each.detail && <> <span className="faint">{each.detail}</span></>}</td>
                  <td className="num">{each.from_revision ?? "–"} → {each.to_revision ?? "–"}</td>
                  <td className="faint">{each.fields.join(", ")}</td>
                  <td><Status state={each.outcome} /></td>
                </tr>
              ))}
            </Table>
            {next_cursor && limit < MOST && <button type="button" onClick={() => setLimit(MOST)}>Show more</button>}
          </section>
        )}
      </Shown>
    </Page>
  );
}
