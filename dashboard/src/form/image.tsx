/** An image from this machine, sent as a data: address within the request. */

import { useId, useState } from "react";
import { type FieldProps, Frame } from "./field";

export function ImageField({ name, pointer, schema, value, change }: FieldProps) {
  const id = useId();
  const [trouble, setTrouble] = useState("");
  const held = typeof value === "string" && value ? value : null;
  const take = async (file: File | undefined) => {
    if (!file) return;
    const address = await addressOf(file);
    // The API judges all else; of this it would only say that a text is too long.
    const fits = address.length <= (schema.maxLength ?? Infinity);
    setTrouble(fits ? "" : `${file.name} is too large: ${schema.description ?? ""}`);
    if (fits) change(address);
  };
  return (
    <Frame name={name} pointer={pointer} schema={schema} id={id}>
      <span className="control">
        <input id={id} type="file" accept="image/png,image/jpeg,image/gif,image/webp" aria-describedby={`${id}-more`} onChange={(event) => void take(event.target.files?.[0])} />
        {held && <button type="button" onClick={() => change(null)}>Remove</button>}
      </span>
      {held && <p className="hint">An image of {Math.ceil((held.length * 3) / 4096)} KB is chosen.</p>}
      {trouble && <p className="error" role="alert">{trouble}</p>}
    </Frame>
  );
}

function addressOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
