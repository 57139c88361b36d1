import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { people } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { Form } from "../form/form";
import { named, resolved } from "../form/schema";
import { Confirm } from "../ui/dialog";
import { notify, notifyFailure } from "../ui/notices";
import { Page, Panel, Table } from "../ui/page";
import { Shown } from "../ui/states";
import { Status } from "../ui/status";
import { Moment } from "../ui/time";

type Person = Schemas["PersonOut"];

/** Who may sign in, and as what. */
export function PeoplePage() {
  const query = useQuery(people);
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const invite = async (value: Record<string, unknown>) => {
    const person = await call("post", "/v1/users", { body: value });
    await client.invalidateQueries({ queryKey: ["people"] });
    notify(`${person.email} was invited: a first password goes out by mail.`);
    setRound(round + 1);
  };
  return (
    <Page title="People">
      <Shown of={query}>
        {({ items }) => (
          <section className="panel">
            <Table label="People" head={["Mail address", "Role", "State", "Since", ""]}>
              {items.map((each) => <Row key={each.id} person={each} />)}
            </Table>
          </section>
        )}
      </Shown>
      <Panel title="Invite somebody">
        <Form key={round} schema="InviteIn" action="Invite" send={invite} />
      </Panel>
    </Page>
  );
}

function Row({ person }: { person: Person }) {
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const at = { user_id: person.id };
  const settled = { onSettled: () => client.invalidateQueries({ queryKey: ["people"] }), onError: notifyFailure };
  const change = useMutation({ mutationFn: (role: string) => call("patch", "/v1/users/{user_id}", { at, body: { role } }), ...settled });
  const remove = useMutation({ mutationFn: () => call("delete", "/v1/users/{user_id}", { at }), ...settled });
  const roles = resolved(named("RoleIn").properties?.role ?? {}).enum ?? [];
  return (
    <tr>
      <th scope="row"><bdi>{person.email}</bdi></th>
      <td>
        <select aria-label={`Role of ${person.email}`} value={person.role ?? ""} disabled={change.isPending} onChange={(event) => change.mutate(event.target.value)}>
          {person.role === null && <option value="">none</option>}
          {roles.map((role) => <option key={role}>{role}</option>)}
        </select>
      </td>
      <td><Status state={person.status} /></td>
      <td><Moment at={person.created_at} /></td>
      <td><button type="button" className="danger" onClick={() => setRemoving(true)}>Remove</button>
        {removing && (
          <Confirm title={`Remove ${person.email}?`} action="Remove" run={() => remove.mutate()} close={() => setRemoving(false)}>
            <p>What they are signed in as ends at once. Their API tokens stay until they are revoked.</p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
