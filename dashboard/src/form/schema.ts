/** Fields of a form, read from the schemas of the OpenAPI document: the API says what there is. */

import document from "../api/generated/forms.json";

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: (string | number)[];
  const?: string | number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  $ref?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  examples?: unknown[];
  format?: string;
}

export type Value = Record<string, unknown>;

const schemas = document.schemas as unknown as Record<string, Schema>;

export function named(name: string): Schema {
  const schema = schemas[name];
  if (!schema) throw new Error(`the API has no schema ${name}`);
  return schema;
}

/** Follow references, and leave null aside: whether a field may be null is another question. */
export function resolved(schema: Schema): Schema {
  const branches = (schema.anyOf ?? schema.oneOf ?? []).filter((each) => each.type !== "null");
  const [only] = branches;
  if (only && branches.length === 1) return { ...resolved(only), ...outer(schema) };
  if (schema.$ref) return { ...resolved(named(schema.$ref.split("/").at(-1) ?? "")), ...outer(schema) };
  return schema;
}

function outer({ anyOf: _any, oneOf: _one, $ref: _ref, ...rest }: Schema): Schema {
  return rest;
}

export function isNullable(schema: Schema): boolean {
  return schema.type === "null" || (schema.anyOf ?? schema.oneOf ?? []).some((each) => each.type === "null");
}

/** What a form begins with: what is given, and else the defaults of the API. */
export function beginning(schema: Schema, given: Value = {}): Value {
  const begun: Value = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (given[name] !== undefined) begun[name] = given[name];
    else if (field.default !== undefined && field.default !== null) begun[name] = field.default;
    else if (resolved(field).enum && schema.required?.includes(name)) begun[name] = resolved(field).enum?.[0];
  }
  return begun;
}

/** Values that a map has, e.g. headers. */
export function mapped(schema: Schema): Schema | null {
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern) return pattern;
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : null;
}

/** A field named like one of the kinds is a block: only the chosen kind's is asked for. */
export function isKindBlock(name: string, schema: Schema): boolean {
  const kinds = schema.properties?.kind ? (resolved(schema.properties.kind).enum ?? []) : [];
  return kinds.includes(name);
}

export function isHidden(name: string, schema: Schema, value: Value): boolean {
  const field = schema.properties?.[name];
  if (isKindBlock(name, schema)) {
    return value.kind !== name || !Object.keys(resolved(field ?? {}).properties ?? {}).length;
  }
  // A field that can only be null says that something is not offered.
  return field?.type === "null";
}

/** What is sent: empty texts and blocks of other kinds are left out. */
export function written(schema: Schema, value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name, each]) => each !== undefined && !(isKindBlock(name, schema) && name !== value.kind),
    ),
  );
}
