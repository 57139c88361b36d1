import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pausedAddresses } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { Link } from "../router";
import { Confirm } from "../ui/dialog";
import { Foreign } from "../ui/foreign";
import { useMay } from "../ui/may";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Table } from "../ui/page";
import { Empty, Shown } from "../ui/states";
import { Moment } from "../ui/time";
import { plain } from "../ui/words";

type Paused = Schemas["PausedAddressOut"];

/** Addresses that get no mail, until somebody resumes them. */
export function PausedAddressesPage() {
  const query = useQuery(pausedAddresses);
  return (
    <Page title="Paused addresses">
      <Shown of={query}>
        {({ items }) =>
          items.length ? (
            <section className="panel">
              <Table label="Paused addresses" head={["Address", "Why", "Since", "Incident", ""]}>
                {items.map((each) => <Row key={each.id} paused={each} />)}
              </Table>
            </section>
          ) : (
            <Empty title="No address is paused"><p>An address whose mail comes back is paused, and its channel's fallback is told instead.</p></Empty>
          )
        }
      </Shown>
    </Page>
  );
}

function Row({ paused }: { paused: Paused }) {
  const may = useMay();
  const client = useQueryClient();
  const [resuming, setResuming] = useState(false);
  const resume = useMutation({
    mutationFn: () => call("delete", "/v1/paused-addresses/{paused_id}", { at: { paused_id: paused.id } }),
    onSuccess: () => notify(`${paused.address} gets mail again.`),
    onSettled: () => client.invalidateQueries({ queryKey: ["paused"] }),
    onError: notifyFailure,
  });
  return (
    <tr>
      <th scope="row"><bdi>{paused.address}</bdi></th>
      <td>{plain(paused.reason)} <span className="faint"><Foreign text={paused.detail} /></span></td>
      <td><Moment at={paused.paused_at} /></td>
      <td>{paused.incident_id && <Link to={`/incidents/${paused.incident_id}`}>To the incident</Link>}</td>
      <td>
        {may.write && <button type="button" onClick={() => setResuming(true)}>Resume</button>}
        {resuming && (
          <Confirm title={`Write to ${paused.address} again?`} action="Resume" run={() => resume.mutate()} close={() => setResuming(false)}>
            <p>If its mail comes back once more it is paused again.</p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
