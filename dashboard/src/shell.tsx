/** What surrounds every page: navigation, the age of what is shown, and the command palette. */

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useConnection } from "./api/connection";
import { caller } from "./api/queries";
import { end } from "./api/session";
import { PLACES } from "./places";
import { Link, useAddress } from "./router";
import { useNow } from "./ui/clock";
import { Palette } from "./ui/palette";
import { useMay } from "./ui/may";
import { duration } from "./ui/words";

export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useAddress();
  const [palette, setPalette] = useState(false);
  const [open, setOpen] = useState(false);
  const may = useMay();
  const { data: me } = useQuery(caller);
  useEffect(() => setOpen(false), [pathname]);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).matches?.("input, textarea, select, [contenteditable]");
      const asked = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
      if (!asked) return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, []);
  const isHere = (to: string) => (to === "/" ? pathname === "/" || pathname.startsWith("/monitors") : pathname.startsWith(to));
  return (
    <div className="shell">
      <a href="#content" className="skip">To the content</a>
      <header className="topbar">
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="24" height="24" /> SentinelMesh</Link>
        <button type="button" className="menu quiet" aria-expanded={open} aria-controls="nav" onClick={() => setOpen(!open)}>Menu</button>
        <nav id="nav" className={open ? "open" : undefined} aria-label="Pages">
          {PLACES.filter((place) => !place.aside && (!place.admin || may.admin)).map((place) => (
            <Link key={place.to} to={place.to} aria-current={isHere(place.to) ? "page" : undefined}>{place.title}</Link>
          ))}
        </nav>
        <div className="tools">
          <Age />
          <button type="button" className="quiet" onClick={() => setPalette(true)} aria-keyshortcuts="Control+K">
            Search <kbd>Ctrl K</kbd>
          </button>
          <button type="button" className="quiet" onClick={end} title={me ? `Signed in as ${me.name}` : undefined}>Sign out</button>
        </div>
      </header>
      <Away />
      <main id="content" tabIndex={-1}>{children}</main>
      {palette && <Palette close={() => setPalette(false)} />}
    </div>
  );
}

function Age() {
  const { answeredAt, away } = useConnection();
  const now = useNow();
  if (answeredAt === null) return <span className="age" />;
  const seconds = Math.max(0, (now - answeredAt) / 1000);
  return (
    <span className={`age num${away ? " is-old" : ""}`} title="Age of the newest data; they are asked for every 10 s while this tab is in sight">
      {seconds < 2 ? "live" : `${duration(seconds)} old`}
    </span>
  );
}

function Away() {
  const { answeredAt, away } = useConnection();
  const now = useNow();
  if (!away || answeredAt === null) return null;
  return (
    <p className="away" role="status">
      The API does not answer. What you see is {duration((now - answeredAt) / 1000)} old; this page keeps trying.
    </p>
  );
}
