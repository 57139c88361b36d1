/** A whole form: sections of fields, and what the API said when it was sent. */

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Failure } from "../api/request";
import { type Choice, Fields, Surroundings } from "./field";
import { beginning, isHidden, named, type Schema, type Value, written } from "./schema";

export interface Section {
  title: string;
  names: string[];
  folded?: boolean;
}

interface FormProps {
  schema: string;
  given?: Value;
  sections?: Section[];
  choices?: Record<string, Choice[]>;
  action: string;
  /** Shown beside the button, with what the form holds now. */
  beside?: (value: Value, failed: (error: unknown) => void) => ReactNode;
  send: (value: Value) => Promise<unknown>;
}

const NONE: Section[] = [];

export function Form({ schema: name, given, sections = NONE, choices = {}, action, beside, send }: FormProps) {
  const schema = named(name);
  const [value, setValue] = useState(() => beginning(schema, given));
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const failed = (error: unknown) => {
    setFailure(error instanceof Failure ? error : new Failure(0, { title: "This page failed", detail: String(error) }));
  };
  useEffect(() => {
    // Lead to the first thing that is wrong, also where it was folded away.
    const first = form.current?.querySelector(".error");
    first?.closest("details")?.setAttribute("open", "");
    first?.parentElement?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, [failure]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await send(written(schema, value));
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  const errors = failure?.fields ?? {};
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Surroundings.Provider value={{ errors, choices }}>
        {cut(schema, sections).map((section) => (
          <Part key={section.title} section={section} schema={schema} value={value} change={setValue} />
        ))}
      </Surroundings.Provider>
      {failure && (
        <div className="trouble" role="alert">
          <p>{failure.problem.detail}</p>
          <ul>
            {Object.entries(errors).map(([pointer, detail]) => (
              <li key={pointer}>
                <code>{pointer || "/"}</code> {detail}
              </li>
            ))}
          </ul>
        </div>
      )}
      <footer className="formfoot">
        {beside?.(written(schema, value), failed)}
        <button type="submit" className="primary" disabled={busy}>
          {busy ? "Sending …" : action}
        </button>
      </footer>
    </form>
  );
}

function Part({ section, schema, value, change }: { section: Section; schema: Schema; value: Value; change: (value: Value) => void }) {
  if (section.names.every((name) => isHidden(name, schema, value))) return null;
  const fields = <Fields schema={schema} pointer="" value={value} change={change} only={section.names} />;
  if (!section.title) return fields;
  return (
    <details className="section" open={!section.folded}>
      <summary>{section.title}</summary>
      {fields}
    </details>
  );
}

/** What no section names stands in the last one: a field that the API has learnt is not lost. */
function cut(schema: Schema, sections: Section[]): Section[] {
  const all = Object.keys(schema.properties ?? {});
  const placed = new Set(sections.flatMap((section) => section.names));
  const known = sections
    .map((section) => ({ ...section, names: section.names.filter((name) => all.includes(name)) }))
    .filter((section) => section.names.length);
  const rest = all.filter((name) => !placed.has(name));
  if (!rest.length) return known;
  return [...known, { title: known.length ? "More" : "", names: rest, folded: known.length > 0 }];
}
