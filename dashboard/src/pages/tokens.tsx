import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { tokens } from "../api/queries";
import { call, type Schemas } from "../api/request";
import { Form } from "../form/form";
import { Confirm, Dialog } from "../ui/dialog";
import { notifyFailure } from "../ui/notices";
import { Page, Panel, Table } from "../ui/page";
import { Shown } from "../ui/states";
import { Ago, Moment } from "../ui/time";

type Token = Schemas["TokenOut"];

/** API tokens for programs. */
export function TokensPage() {
  const query = useQuery(tokens);
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const make = async (value: Record<string, unknown>) => {
    const made = await call("post", "/v1/api-tokens", { body: value });
    await client.invalidateQueries({ queryKey: ["tokens"] });
    setSecret(made.token);
  };
  return (
    <Page title="API tokens">
      <Shown of={query}>
        {({ items }) => (
          <section className="panel">
            {items.length ? (
              <Table label="API tokens" head={["Name", "Scope", "Last used", "Made", ""]}>
                {items.map((each) => <Row key={each.id} token={each} />)}
              </Table>
            ) : (
              <p className="hint">No program has a token.</p>
            )}
          </section>
        )}
      </Shown>
      <Panel title="Make a token">
        <Form schema="TokenIn" action="Make the token" send={make} />
      </Panel>
      {secret && (
        <Dialog title="The token, shown once" close={() => setSecret(null)}>
          <div className="stack">
            <p>Put it where the program finds it. It cannot be shown again.</p>
            <p className="once"><code>{secret}</code></p>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

function Row({ token }: { token: Token }) {
  const client = useQueryClient();
  const [revoking, setRevoking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => call("delete", "/v1/api-tokens/{token_id}", { at: { token_id: token.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["tokens"] }),
    onError: notifyFailure,
  });
  return (
    <tr>
      <th scope="row">{token.name}</th>
      <td><span className="tag">{token.scope}</span></td>
      <td><Ago at={token.last_used_at} /></td>
      <td><Moment at={token.created_at} /> <span className="faint">by <bdi>{token.created_by}</bdi></span></td>
      <td><button type="button" className="danger" onClick={() => setRevoking(true)}>Revoke</button>
        {revoking && (
          <Confirm title={`Revoke ${token.name}?`} action="Revoke" run={() => revoke.mutate()} close={() => setRevoking(false)}>
            <p>Programs that use it are refused from the next request on.</p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
