/** Everything by keyboard: pages, monitors and actions, found by a few letters. */

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { overview } from "../api/queries";
import { end } from "../api/session";
import { PLACES } from "../places";
import { go } from "../router";
import { Dialog } from "./dialog";
import { useMay } from "./may";
import { Glyph } from "./status";

interface Command {
  title: string;
  more: string;
  state?: string;
  run: () => void;
}

const MOST_SHOWN = 12;

export function Palette({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const list = useId();
  const found = useCommands().filter((each) => matches(each, text)).slice(0, MOST_SHOWN);
  const chosen = Math.min(place, found.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter") run(found[chosen]);
    else if (event.key === "ArrowDown") setPlace((chosen + 1) % Math.max(found.length, 1));
    else if (event.key === "ArrowUp") setPlace((chosen - 1 + found.length) % Math.max(found.length, 1));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to, or do" close={close}>
      <input className="palette" data-first role="combobox" aria-expanded="true" aria-controls={list} aria-label="Page, monitor or action"
        aria-activedescendant={found[chosen] ? `${list}-${chosen}` : undefined} placeholder="Page, monitor or action" value={text}
        onKeyDown={key} onChange={(event) => { setText(event.target.value); setPlace(0); }} />
      <ul id={list} role="listbox" aria-label="Found" className="commands">
        {found.map((command, at) => (
          <li key={`${command.title} ${command.more}`} id={`${list}-${at}`} role="option" aria-selected={at === chosen} onClick={() => run(command)}>
            {command.state && <Glyph state={command.state} />}
            <span>{command.title}</span>
            <span className="faint">{command.more}</span>
          </li>
        ))}
      </ul>
      {!found.length && <p className="hint">Nothing is called that.</p>}
    </Dialog>
  );
}

function useCommands(): Command[] {
  const may = useMay();
  const { data } = useQuery(overview);
  const page = (title: string, to: string): Command => ({ title, more: "page", run: () => go(to) });
  return [
    ...PLACES.filter((each) => !each.admin || may.admin).map((each) => page(each.title, each.to)),
    ...(may.write ? [{ title: "Add a monitor", more: "action", run: () => go("/monitors/new") }, { title: "Add a channel", more: "action", run: () => go("/channels/new") }] : []),
    { title: "Sign out", more: "action", run: end },
    ...(data?.items ?? []).map((each) => ({ title: each.name, more: each.target, state: each.status, run: () => go(`/monitors/${each.id}`) })),
  ];
}

/** Each word of what was written occurs somewhere. */
export function matches(command: Pick<Command, "title" | "more">, text: string): boolean {
  const all = `${command.title} ${command.more}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}
