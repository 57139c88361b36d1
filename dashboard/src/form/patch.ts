/** The JSON merge patch (RFC 7396) that leads from one value to another. */

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function mergePatch(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[name];
    const is = after[name];
    if (is === undefined || is === null) {
      if (was !== undefined && was !== null) patch[name] = null;
    } else if (isObject(is) && isObject(was)) {
      const inner = mergePatch(was, is);
      if (Object.keys(inner).length) patch[name] = inner;
    } else if (JSON.stringify(was) !== JSON.stringify(is)) patch[name] = is;
  }
  return patch;
}
