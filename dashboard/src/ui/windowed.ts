/** Which rows of a long list are in sight: only these are in the page. */

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

const BEYOND = 8;
const NARROW = "(max-width: 760px)";
// The heights that the style sheet gives to rows.
const ROW = { narrow: 122, wide: 52 };

interface Windowed {
  box: RefObject<HTMLDivElement | null>;
  from: number;
  until: number;
  height: number;
}

export function useWindowed(count: number): Windowed {
  const box = useRef<HTMLDivElement>(null);
  const [narrow, setNarrow] = useState(() => window.matchMedia?.(NARROW).matches ?? false);
  const height = narrow ? ROW.narrow : ROW.wide;
  const [range, setRange] = useState({ from: 0, until: 40 });
  useEffect(() => {
    const query = window.matchMedia?.(NARROW);
    const changed = () => setNarrow(query.matches);
    query?.addEventListener("change", changed);
    return () => query?.removeEventListener("change", changed);
  }, []);
  useLayoutEffect(() => {
    const look = () => {
      const top = -(box.current?.getBoundingClientRect().top ?? 0);
      const from = Math.max(0, Math.floor(top / height) - BEYOND);
      const until = Math.ceil((top + window.innerHeight) / height) + BEYOND;
      // In steps, so that scrolling by a row does not draw anew.
      const next = { from: from - (from % 4), until: until + (4 - (until % 4)) };
      setRange((old) => (old.from === next.from && old.until === next.until ? old : next));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [height, count]);
  return { box, from: Math.min(range.from, count), until: Math.min(range.until, count), height };
}
