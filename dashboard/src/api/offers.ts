/** Which operations the API has that these pages were built for: what it has not is not shown. */

import paths from "./generated/paths.json";

export function offers(method: string, path: string): boolean {
  return (paths as Record<string, string[]>)[path]?.includes(method) ?? false;
}
