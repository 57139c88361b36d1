import { screen, waitFor } from "@testing-library/react";
import { user } from "./user";
import { beforeEach, expect, test } from "vitest";
import { call } from "../src/api/request";
import { accessToken, begin, end } from "../src/api/session";
import { LoginPage } from "../src/pages/login";
import { type Asked, answer, problem, show, standIn } from "./api";

beforeEach(end);

async function signIn(): Promise<void> {
  await user.type(screen.getByLabelText("Mail address"), "ann@shop.example");
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

test("the token is kept in memory, and in no storage and no cookie", async () => {
  standIn({ "POST /v1/session": { access_token: "secret-token", token_type: "Bearer", expires_in: 3600 } });
  show(<LoginPage />);
  await signIn();
  await waitFor(() => expect(accessToken()).toBe("secret-token"));
  const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML, location.href]);
  expect(kept).not.toContain("secret-token");
});

test("a wrong pair is told in the API's words", async () => {
  standIn({ "POST /v1/session": () => problem(401, "Mail address or password is wrong.") });
  show(<LoginPage />);
  await signIn();
  expect((await screen.findByText("Mail address or password is wrong.")).getAttribute("role")).toBe("alert");
  expect(accessToken()).toBeNull();
});

test("after an invitation the first sign-in asks for a password of one's own", async () => {
  const asked = standIn({
    "POST /v1/session": ({ body }: Asked) =>
      (body as { new_password?: string }).new_password ? answer({ access_token: "t" }) : problem(403, "This account has to set its own password first."),
  });
  show(<LoginPage />);
  await signIn();
  await user.type(await screen.findByLabelText("New password, from now on"), "my own words 1");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(accessToken()).toBe("t"));
  expect(asked.at(-1)?.body).toMatchObject({ new_password: "my own words 1" });
});

test("a token that has run out ends the session", async () => {
  begin("old");
  const asked = standIn({ "GET /v1/mesh": () => problem(401, "Sign in.") });
  await expect(call("get", "/v1/mesh")).rejects.toThrow("Sign in.");
  expect(asked[0]?.headers.Authorization).toBe("Bearer old");
  expect(accessToken()).toBeNull();
});

test("an answer to an older session does not end the present one", async () => {
  begin("old");
  standIn({
    "GET /v1/mesh": () => {
      begin("new");
      return problem(401, "Sign in.");
    },
  });
  await expect(call("get", "/v1/mesh")).rejects.toThrow();
  expect(accessToken()).toBe("new");
});
