import { useQuery } from "@tanstack/react-query";
import { caller } from "../api/queries";

/** What the API lets this person do; it says so itself, and checks every request anyway. */
export function useMay(): { write: boolean; admin: boolean } {
  const { data } = useQuery(caller);
  return { write: data?.scope === "write" || data?.scope === "admin", admin: data?.scope === "admin" };
}
