/** Who is signed in sees the pages; everybody else the way in. */

import { useQueryClient } from "@tanstack/react-query";
import { Component, type ReactNode, Suspense, useEffect, useSyncExternalStore } from "react";
import { isSignedIn, subscribe } from "./api/session";
import { forgetTrends } from "./api/trends";
import { LoginPage } from "./pages/login";
import { pageFor } from "./pages/table";
import { useAddress } from "./router";
import { Shell } from "./shell";
import { Notices } from "./ui/notices";
import { Loading, Trouble } from "./ui/states";

export function App() {
  const signedIn = useSyncExternalStore(subscribe, isSignedIn);
  const client = useQueryClient();
  const { pathname } = useAddress();
  useEffect(() => {
    if (signedIn) return;
    // Who signs in next may be somebody else: nothing of the last one's is left.
    client.clear();
    forgetTrends();
  }, [signedIn, client]);
  return (
    <>
      {signedIn ? (
        <Shell>
          <Fence key={pathname}>
            <Suspense fallback={<Loading rows={8} />}>{pageFor(pathname)}</Suspense>
          </Fence>
        </Shell>
      ) : (
        <LoginPage />
      )}
      <Notices />
    </>
  );
}

/** A fault in one page stays in it. */
class Fence extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error ? <Trouble error={this.state.error} again={() => this.setState({ error: null })} /> : this.props.children;
  }
}
