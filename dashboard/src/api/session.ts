/** The session: an access token in this page's memory and nowhere else; a reload forgets it. */

let token: string | null = null;
const listeners = new Set<() => void>();

export function accessToken(): string | null {
  return token;
}

export function isSignedIn(): boolean {
  return token !== null;
}

export function begin(accessToken: string): void {
  token = accessToken;
  tell();
}

export function end(): void {
  token = null;
  tell();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
