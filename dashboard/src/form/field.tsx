/** One field of a form, drawn from its schema; what the API says about it stands below it. */

import { createContext, type ReactNode, useContext, useId } from "react";
import { duration, label, plain, unit } from "../ui/words";
import { BlockField, OptionalBlock, VariantBlock } from "./blocks";
import { ImageField } from "./image";
import { ListField, MapField, RowsField } from "./lists";
import { isHidden, isKindBlock, isNullable, mapped, resolved, type Schema, type Value } from "./schema";

export interface Choice {
  value: string;
  label: string;
}

export interface FormContext {
  /** Sentences of the API by JSON pointer. */
  errors: Record<string, string>;
  /** Known values of text fields and lists, by the field's name. */
  choices: Record<string, Choice[]>;
}

export const Surroundings = createContext<FormContext>({ errors: {}, choices: {} });

export interface FieldProps {
  name: string;
  pointer: string;
  schema: Schema;
  required?: boolean;
  /** A block that is asked for only where somebody wants it. */
  optional?: boolean;
  value: unknown;
  change: (value: unknown) => void;
}

export function Field(props: FieldProps) {
  const schema = resolved(props.schema);
  const values = mapped(schema);
  if (values) return <MapField {...props} schema={schema} />;
  if (schema.oneOf && schema.discriminator) return <VariantBlock {...props} schema={schema} />;
  if (schema.properties && props.optional) return <OptionalBlock {...props} schema={schema} />;
  if (schema.type === "object" || schema.properties) return <BlockField {...props} schema={schema} />;
  if (schema.type === "array") {
    const items = resolved(schema.items ?? {});
    if (items.properties) return <RowsField {...props} schema={schema} />;
    return <ListField {...props} schema={schema} nullable={isNullable(props.schema)} />;
  }
  if (schema.type === "boolean") return <SwitchField {...props} schema={schema} />;
  if (schema.format === "data-url") return <ImageField {...props} schema={schema} />;
  return <PlainField {...props} schema={schema} />;
}

export function Fields({ schema, pointer, value, change, only }: { schema: Schema; pointer: string; value: Value; change: (value: Value) => void; only?: string[] }) {
  const names = (only ?? Object.keys(schema.properties ?? {})).filter(
    (name) => schema.properties?.[name] && !isHidden(name, schema, value),
  );
  return (
    <div className="fields">
      {names.map((name) => (
        <Field
          key={name}
          name={name}
          pointer={`${pointer}/${name}`}
          schema={schema.properties?.[name] ?? {}}
          required={schema.required?.includes(name) ?? false}
          optional={isNullable(schema.properties?.[name] ?? {}) && !isKindBlock(name, schema)}
          value={value[name]}
          change={(next) => change({ ...value, [name]: next })}
        />
      ))}
    </div>
  );
}

function SwitchField({ name, pointer, schema, value, change }: FieldProps) {
  const id = useId();
  return (
    <Frame name={name} pointer={pointer} schema={schema} id={id} switched>
      <input id={id} type="checkbox" checked={Boolean(value ?? schema.default)} onChange={(event) => change(event.target.checked)} />
    </Frame>
  );
}

function PlainField({ name, pointer, schema, required, optional, value, change }: FieldProps) {
  const id = useId();
  const { choices } = useContext(Surroundings);
  const options = schema.enum?.map((each) => ({ value: String(each), label: optionLabel(name, each) })) ?? choices[name];
  const numeric = schema.type === "integer" || schema.type === "number";
  const described = { id, "aria-describedby": `${id}-more`, required: Boolean(required) };
  const text = value === undefined || value === null ? "" : String(value);
  const put = (written: string) => change(typed(written, schema));
  let control: ReactNode;
  if (options)
    control = (
      <select {...described} value={text} onChange={(event) => put(event.target.value)}>
        {!required && schema.default == null && <option value="">{optional ? "none" : "default"}</option>}
        {options.map((each) => (
          <option key={each.value} value={each.value}>
            {each.label}
          </option>
        ))}
      </select>
    );
  else if ((schema.maxLength ?? 0) > 2000)
    control = <textarea {...described} rows={3} value={text} spellCheck={false} onChange={(event) => put(event.target.value)} />;
  else
    control = (
      <input {...described} type={secret(name) ? "password" : "text"} inputMode={numeric ? "decimal" : "text"}
        autoComplete="off" spellCheck={false} value={text} placeholder={example(schema)}
        className={numeric ? "short" : undefined} onChange={(event) => put(event.target.value)} />
    );
  return (
    <Frame name={name} pointer={pointer} schema={schema} id={id} required={Boolean(required)}>
      <span className="control">
        {control}
        {unit(name) && !schema.enum && <span className="unit">{unit(name)}</span>}
      </span>
    </Frame>
  );
}

/** A label, its control, a hint, and what the API said. */
export function Frame({ name, pointer, schema, id, required, switched, children }: { name: string; pointer: string; schema: Schema; id: string; required?: boolean; switched?: boolean; children: ReactNode }) {
  const { errors } = useContext(Surroundings);
  const error = errors[pointer];
  return (
    <div className={`field${switched ? " switched" : ""}${error ? " wrong" : ""}`}>
      <label htmlFor={id}>
        {label(name)}
        {required && <span className="faint"> (needed)</span>}
      </label>
      {children}
      <p id={`${id}-more`} className={error ? "error" : "hint"} role={error ? "alert" : undefined}>
        {error ?? schema.description ?? ""}
      </p>
    </div>
  );
}

/** A number where one was meant; what is no number is sent as it is, and the API says so. */
export function typed(text: string, schema: Schema): unknown {
  if (text === "") return undefined;
  const kinds = [schema.type, ...(schema.anyOf ?? []).map((each) => each.type)];
  const numeric = kinds.includes("integer") || kinds.includes("number");
  return numeric && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

function optionLabel(name: string, value: string | number): string {
  if (typeof value === "number" && name.endsWith("_seconds")) return duration(value);
  return name === "kind" ? label(String(value)) : plain(String(value));
}

const secret = (name: string) => /secret|password|token|api_key|routing_key/.test(name);

function example(schema: Schema): string | undefined {
  const [first] = schema.examples ?? [];
  return typeof first === "string" ? first : undefined;
}
