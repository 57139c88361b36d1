import { type FormEvent, useEffect, useState } from "react";
import { call, Failure } from "../api/request";
import { begin } from "../api/session";

const FORBIDDEN = 403;

/** Ask for mail address and password; after an invitation also for a password of one's own. */
export function LoginPage() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [ownPassword, setOwnPassword] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · SentinelMesh";
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    const body = { email, password, ...(ownPassword ? { new_password: ownPassword } : {}) };
    try {
      const session = await call("post", "/v1/session", { body });
      begin(session.access_token);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // An invited person's first sign-in: the API says that a new password is wanted.
      if (error.status === FORBIDDEN && ownPassword === null) setOwnPassword("");
      setProblem(error.fields["/new_password"] ?? error.problem.detail);
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <form onSubmit={(event) => void submit(event)}>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>SentinelMesh</h1>
        <label>
          Mail address
          <input type="email" name="email" autoComplete="username" required autoFocus value={email} onChange={(e) => setEmail(e.target.value)} />
        </label>
        <label>
          Password
          <input type="password" name="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} />
        </label>
        {ownPassword !== null && (
          <label>
            New password, from now on
            <input type="password" name="new_password" autoComplete="new-password" required autoFocus value={ownPassword} onChange={(e) => setOwnPassword(e.target.value)} />
          </label>
        )}
        <p className="error" role="alert">{problem}</p>
        <button type="submit" className="primary" disabled={busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
        <p className="hint">The session is kept in this tab's memory only: a reload asks again.</p>
      </form>
    </main>
  );
}
