/**
 * Text that a target sent. It is never markup (React sees to that); here it also cannot play with
 * the direction of writing, hide characters or break lines out of its place.
 */

// Controls but for line breaks and tabs, zero-width characters, and overrides of direction.
const TRICKS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

export function visible(text: string): string {
  return text.replace(TRICKS, (each) => `⟨${each.codePointAt(0)?.toString(16).padStart(4, "0")}⟩`);
}

export function Foreign({ text, block = false }: { text: string; block?: boolean }) {
  const shown = visible(text);
  return block ? (
    <pre className="foreign" dir="ltr" tabIndex={0}>
      <bdi>{shown}</bdi>
    </pre>
  ) : (
    <bdi className="foreign">{shown}</bdi>
  );
}
