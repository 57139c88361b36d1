/** Fields that hold several things: chosen ones, lines of text, pairs, and rows of fields. */

import { useContext, useId, useState } from "react";
import { label, plain } from "../ui/words";
import { type FieldProps, Fields, Frame, Surroundings } from "./field";
import { resolved, type Value } from "./schema";

/** A list of texts: ticked where all choices are known, and else written line by line. */
export function ListField(props: FieldProps & { nullable: boolean }) {
  const { choices } = useContext(Surroundings);
  const known = resolved(props.schema.items ?? {}).enum?.map((each) => ({ value: String(each), label: plain(String(each)) })) ?? choices[props.name];
  return known ? <Ticks {...props} known={known} /> : <Lines {...props} />;
}

function Ticks({ name, pointer, schema, value, change, nullable, known }: FieldProps & { nullable: boolean; known: { value: string; label: string }[] }) {
  const id = useId();
  const { errors } = useContext(Surroundings);
  const all = known.map((each) => each.value);
  // Left out, the API takes its default; what that is says the schema, or null.
  const chosen = (value as string[] | null | undefined) ?? (nullable ? null : ((schema.default as string[] | undefined) ?? []));
  const error = Object.entries(errors).find(([at]) => at === pointer || at.startsWith(`${pointer}/`))?.[1];
  const toggle = (each: string, on: boolean) =>
    change(all.filter((other) => (other === each ? on : (chosen ?? all).includes(other))));
  return (
    <fieldset className={`field ticks${error ? " wrong" : ""}`} aria-describedby={`${id}-more`}>
      <legend>{label(name)}</legend>
      {nullable && (
        <label>
          <input type="checkbox" checked={chosen === null} onChange={(event) => change(event.target.checked ? null : all)} /> all, also those to come
        </label>
      )}
      {chosen !== null &&
        known.map((each) => (
          <label key={each.value}>
            <input type="checkbox" checked={chosen.includes(each.value)} onChange={(event) => toggle(each.value, event.target.checked)} /> {each.label}
          </label>
        ))}
      <p id={`${id}-more`} className={error ? "error" : "hint"} role={error ? "alert" : undefined}>
        {error ?? schema.description ?? ""}
      </p>
    </fieldset>
  );
}

/** One text per line; what is being written stays as it is until it is left. */
function Lines({ name, pointer, schema, value, change }: FieldProps) {
  const id = useId();
  const given = ((value as string[] | null | undefined) ?? (schema.default as string[] | undefined) ?? []).join("\n");
  const [text, setText] = useState(given);
  const { errors } = useContext(Surroundings);
  const inner = Object.entries(errors).filter(([at]) => at.startsWith(`${pointer}/`));
  const lines = (written: string) => written.split("\n").map((each) => each.trim()).filter(Boolean);
  // Where something has to be there, nothing means: as the API has it by default.
  const put = (written: string[]) => change(!written.length && schema.minItems ? undefined : written);
  return (
    <Frame name={name} pointer={pointer} schema={{ ...schema, description: schema.description ?? "one per line" }} id={id}>
      <textarea id={id} aria-describedby={`${id}-more`} rows={Math.min(6, Math.max(2, lines(text).length + 1))} value={text} spellCheck={false}
        onChange={(event) => { setText(event.target.value); put(lines(event.target.value)); }} />
      {inner.map(([at, detail]) => (
        <p key={at} className="error" role="alert">
          Line {Number(at.split("/").at(-1)) + 1}: {detail}
        </p>
      ))}
    </Frame>
  );
}

/** Pairs of texts, e.g. headers. */
export function MapField({ name, pointer, schema, value, change }: FieldProps) {
  const { errors } = useContext(Surroundings);
  const [pairs, setPairs] = useState<[string, string][]>(() => Object.entries((value ?? {}) as Record<string, string>));
  const put = (next: [string, string][]) => {
    setPairs(next);
    change(Object.fromEntries(next.filter(([key]) => key)));
  };
  return (
    <fieldset className="block">
      <legend>{label(name)}</legend>
      {schema.description && <p className="hint">{schema.description}</p>}
      {pairs.map(([key, text], place) => (
        <div className="pair" key={place}>
          <input aria-label={`${label(name)} ${place + 1}: name`} placeholder="Name" value={key} spellCheck={false}
            onChange={(event) => put(pairs.with(place, [event.target.value, text]))} />
          <input aria-label={`${label(name)} ${place + 1}: value`} placeholder="Value" value={text} spellCheck={false} autoComplete="off"
            onChange={(event) => put(pairs.with(place, [key, event.target.value]))} />
          <button type="button" className="quiet" aria-label={`Remove ${key || "this pair"}`} onClick={() => put(pairs.toSpliced(place, 1))}>
            ✕
          </button>
          {errors[`${pointer}/${key}`] && <p className="error" role="alert">{errors[`${pointer}/${key}`]}</p>}
        </div>
      ))}
      {errors[pointer] && <p className="error" role="alert">{errors[pointer]}</p>}
      <button type="button" onClick={() => setPairs([...pairs, ["", ""]])}>
        Add
      </button>
    </fieldset>
  );
}

/** Rows of fields, e.g. assertions. */
export function RowsField({ name, pointer, schema, value, change }: FieldProps) {
  const { errors } = useContext(Surroundings);
  const rows = (value ?? []) as Value[];
  const item = resolved(schema.items ?? {});
  return (
    <fieldset className="block">
      <legend>{label(name)}</legend>
      {schema.description && <p className="hint">{schema.description}</p>}
      {rows.map((row, place) => (
        <div className="row" key={place}>
          <Fields schema={item} pointer={`${pointer}/${place}`} value={row} change={(next) => change(rows.with(place, next))} />
          {errors[`${pointer}/${place}`] && <p className="error" role="alert">{errors[`${pointer}/${place}`]}</p>}
          <button type="button" className="quiet" onClick={() => change(rows.toSpliced(place, 1))}>
            Remove
          </button>
        </div>
      ))}
      {errors[pointer] && <p className="error" role="alert">{errors[pointer]}</p>}
      <button type="button" onClick={() => change([...rows, {}])}>
        Add
      </button>
    </fieldset>
  );
}
