/** Administration of who may come in: users, tokens, shared keys, bans. Secrets never leave. */
import { z } from "zod";
import { AccessError, ROLES, type Access } from "../identity/index.ts";
import { problem, Problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";

export interface IdentityRoutes {
  readonly access: Access;
}

const role = z.enum(ROLES);
const grants = z.array(z.string()).default([]).describe("One grant a line: `read Plant1`");
const name = z.object({ name: z.string() });
const shownUser = z.object({
  name: z.string(),
  role,
  grants: z.array(z.string()),
  isDisabled: z.boolean(),
  hasPassword: z.boolean(),
  createdAt: moment,
});
const shownToken = z.object({
  name: z.string(),
  role,
  grants: z.array(z.string()),
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment,
  lastUsedAt: moment.optional(),
});
const shownPsk = z.object({
  name: z.string(),
  role,
  grants: z.array(z.string()),
  createdAt: moment,
  createdBy: z.string(),
});
const ban = z.object({
  address: z.string(),
  name: z.string().optional(),
  failures: z.int(),
  until: moment,
});
const NOTHING = { 204: undefined } as const;

/** The first administrator sees the plant: nobody could give him that right. */
const FIRST_GRANTS = ["read *"];

export function addIdentityRoutes(routes: Routes, options: IdentityRoutes): void {
  addUserRoutes(routes, options.access);
  addTokenRoutes(routes, options.access);
  addPskRoutes(routes, options.access);
  addBanRoutes(routes, options.access);
}

function addUserRoutes(routes: Routes, access: Access): void {
  const shared = { tag: "Users", needs: "manage identities" } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/users",
    summary: "All users with their roles and grants",
    answers: { 200: z.object({ users: z.array(shownUser) }) },
    handle: () => ({ users: access.users }),
  });
  routes.add({
    ...shared,
    method: "PUT",
    path: "/api/v1/users/:name",
    summary: "Adds or changes a user; a password that is left out stays",
    params: name,
    body: z.strictObject({
      role,
      grants,
      password: z.string().optional(),
      isDisabled: z.boolean().optional(),
    }),
    answers: NOTHING,
    problems: [409],
    handle: ({ params, body, caller }) =>
      changed(() => access.putUser({ ...params, ...body }, caller.changer)),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/users/:name",
    summary: "Deletes a user, and ends what he has open",
    params: name,
    answers: NOTHING,
    problems: [404, 409],
    handle: ({ params, caller }) =>
      changed(() => found(access.deleteUser(params.name, caller.changer), params.name)),
  });
  routes.add({
    method: "POST",
    path: "/api/v1/first-admin",
    tag: "Users",
    summary: "Makes the first administrator, with the code that the hub has shown",
    needs: "anyone",
    body: z.strictObject({ code: z.string(), name: z.string(), password: z.string() }),
    answers: NOTHING,
    problems: [409],
    handle: ({ body: { code, ...user }, caller }) =>
      changed(() =>
        access.makeFirstAdmin(
          code,
          { ...user, role: "admin", grants: FIRST_GRANTS },
          caller.changer.address,
        ),
      ),
  });
}

function addTokenRoutes(routes: Routes, access: Access): void {
  const shared = {
    tag: "Tokens",
    needs: "manage identities",
  } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/tokens",
    summary: "Tokens of programs, without their secrets",
    answers: { 200: z.object({ tokens: z.array(shownToken) }) },
    handle: () => ({ tokens: access.tokens }),
  });
  routes.add({
    ...shared,
    method: "PUT",
    path: "/api/v1/tokens/:name",
    summary: "Makes a token; its secret is shown this once",
    params: name,
    body: z.strictObject({ role, grants, expiresAt: moment }),
    answers: { 200: z.object({ secret: z.string() }) },
    problems: [409],
    handle: ({ params, body, caller }) =>
      changed(() => ({ secret: access.addToken({ ...params, ...body }, caller.changer) })),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/tokens/:name",
    summary: "Deletes a token, and ends what was opened with it",
    params: name,
    answers: NOTHING,
    problems: [404],
    handle: ({ params, caller }) =>
      found(access.deleteToken(params.name, caller.changer), params.name),
  });
}

function addPskRoutes(routes: Routes, access: Access): void {
  const shared = {
    tag: "Shared keys",
    needs: "manage identities",
  } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/psks",
    summary: "Shared keys of devices, without the keys themselves",
    answers: { 200: z.object({ psks: z.array(shownPsk) }) },
    handle: () => ({ psks: access.psks }),
  });
  routes.add({
    ...shared,
    method: "PUT",
    path: "/api/v1/psks/:name",
    summary: "Makes a shared key for TLS-PSK; it is shown this once",
    params: name,
    body: z.strictObject({ role, grants }),
    answers: { 200: z.object({ key: z.string() }) },
    problems: [409],
    handle: ({ params, body, caller }) =>
      changed(() => ({ key: access.addPsk({ ...params, ...body }, caller.changer) })),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/psks/:name",
    summary: "Deletes a shared key, and ends what was opened with it",
    params: name,
    answers: NOTHING,
    problems: [404],
    handle: ({ params, caller }) =>
      found(access.deletePsk(params.name, caller.changer), params.name),
  });
}

function addBanRoutes(routes: Routes, access: Access): void {
  const shared = { tag: "Bans", needs: "manage identities" } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/bans",
    summary: "Addresses and names that must wait after failed logins",
    answers: { 200: z.object({ bans: z.array(ban) }) },
    handle: () => ({ bans: access.attempts.bans() }),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/bans/:name",
    summary: "Ends a ban before its time; the name in the path is the address",
    params: name,
    query: z.object({ name: z.string().optional() }),
    answers: NOTHING,
    problems: [404],
    handle: ({ params: { name: address }, query, caller }) =>
      found(access.pardon({ address, name: query.name }, caller.changer), address),
  });
}

/** What the caller did wrong is a sentence; what cannot be written on the audit trail is not done. */
export async function changed(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return problem(409, error.message);
  }
}

function found(isFound: boolean, what: string): Problem | undefined {
  return isFound ? undefined : problem(404, `there is no "${what}"`);
}
