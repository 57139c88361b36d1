import { useNow } from "./clock";
import { localTime, relative, utcTime } from "./words";

/** An instant as "3 min ago"; local time and UTC on hovering. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (!at) return <span className="faint">never</span>;
  return (
    <time dateTime={at} title={`${localTime(at)}\n${utcTime(at)}`} className="num">
      {relative(at, now)}
    </time>
  );
}

/** An instant in full: local time, with UTC beside it. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="faint">–</span>;
  return (
    <time dateTime={at} className="moment num">
      {localTime(at)} <span className="faint">{utcTime(at)}</span>
    </time>
  );
}
