/** Fields that are groups of fields: always there, there if wanted, or one of several kinds. */

import { useId } from "react";
import { label } from "../ui/words";
import { type FieldProps, Fields } from "./field";
import { resolved, type Value } from "./schema";

export function BlockField({ name, pointer, schema, value, change }: FieldProps) {
  return (
    <fieldset className="block">
      <legend>{label(name)}</legend>
      {schema.description && <p className="hint">{schema.description}</p>}
      <Fields schema={schema} pointer={pointer} value={(value ?? {}) as Value} change={change} />
    </fieldset>
  );
}

/** What it needs is asked for once somebody wants it. */
export function OptionalBlock(props: FieldProps) {
  const id = useId();
  const wanted = props.value !== undefined && props.value !== null;
  return (
    <div className="optional">
      <div className="field switched">
        <input id={id} type="checkbox" checked={wanted} onChange={(event) => props.change(event.target.checked ? {} : null)} />
        <label htmlFor={id}>{label(props.name)}</label>
        {!wanted && props.schema.description && <p className="hint">{props.schema.description}</p>}
      </div>
      {wanted && <BlockField {...props} />}
    </div>
  );
}

/** One of several kinds, or none; each has fields of its own. */
export function VariantBlock({ name, pointer, schema, value, change }: FieldProps) {
  const id = useId();
  const { propertyName, mapping } = schema.discriminator ?? { propertyName: "kind", mapping: {} };
  const held = (value ?? {}) as Value;
  const kind = String(held[propertyName] ?? "");
  const variant = mapping[kind] && resolved({ $ref: mapping[kind] });
  const fields = variant && { ...variant, properties: Object.fromEntries(Object.entries(variant.properties ?? {}).filter(([each]) => each !== propertyName)) };
  return (
    <div className="optional">
      <div className="field">
        <label htmlFor={id}>{label(name)}</label>
        <span className="control"><select id={id} aria-describedby={`${id}-more`} value={kind} onChange={(event) => change(event.target.value ? { [propertyName]: event.target.value } : null)}>
          <option value="">none</option>
          {Object.keys(mapping).map((each) => <option key={each} value={each}>{label(each)}</option>)}
        </select></span>
        <p id={`${id}-more`} className="hint">{schema.description ?? ""}</p>
      </div>
      {fields && <div className="block"><Fields schema={fields} pointer={pointer} value={held} change={change} /></div>}
    </div>
  );
}
