/** Signing in and out at the page, who one is, one's own password and sessions, and the sessions of all. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { actionsOf, ROLES, type Access, type SignIn } from "../identity/index.ts";
import { changed } from "./identity-routes.ts";
import { problem, refusedLogin, type Problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { cookieHeader, crossSiteFault } from "./session-cookie.ts";
import { moment } from "./shapes.ts";
import type { Asking, Caller } from "./who.ts";

export interface SessionRoutes {
  readonly access: Access;
  readonly signIn: SignIn;
  readonly asking: (request: FastifyRequest) => Asking;
}

const session = z.object({
  id: z.string(),
  user: z.string(),
  address: z.string(),
  browser: z.string(),
  openedAt: moment,
  usedAt: moment,
  endsAt: moment,
  isThis: z.boolean().describe("Whether it is the session that asks"),
});
const sessions = z.object({ sessions: z.array(session) });
const idParams = z.object({ id: z.string() });
const me = z.object({ name: z.string(), role: z.enum(ROLES), may: z.array(z.string()) });

export function addSessionRoutes(routes: Routes, options: SessionRoutes): void {
  addSignInRoutes(routes, options);
  addOwnRoutes(routes, options);
  addAllRoutes(routes, options);
}

function addSignInRoutes(routes: Routes, { access, signIn, asking }: SessionRoutes): void {
  const shared = { tag: "Session", needs: "anyone" } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/session",
    summary: "Who is signed in here, and whether one must sign in",
    answers: {
      200: z.object({
        user: me.nullable(),
        anonymous: z.enum(["none", "read", "full"]),
        awaitsFirstAdmin: z.boolean(),
      }),
    },
    handle: ({ caller }) => ({
      user: caller.principal.source === "anonymous" ? null : shownUser(caller),
      anonymous: access.anonymous,
      awaitsFirstAdmin: access.awaitsFirstAdmin,
    }),
  });
  routes.add({
    ...shared,
    method: "POST",
    path: "/api/v1/login",
    needsTrail: false,
    summary: "Opens a session of the page; it is in the cookie of the answer",
    body: z.strictObject({ name: z.string().max(256), password: z.string().max(1024) }),
    answers: { 200: me },
    problems: [429],
    handle: async ({ body, caller, request, reply }) => {
      const here = asking(request);
      const fault = crossSiteFault(here); // nobody is signed in as somebody else unasked
      if (fault !== undefined) return problem(403, fault);
      const browser = request.headers["user-agent"] ?? "";
      const opened = await signIn.open(body.name, body.password, { address: here.ip, browser });
      if (opened.kind === "refused") return refusedLogin(opened);
      if (caller.session !== undefined) signIn.end(caller.session.sessionId, caller.changer);
      void reply.header("set-cookie", cookieHeader(here, opened.secret));
      return shownUser(opened);
    },
  });
  routes.add({
    ...shared,
    method: "POST",
    path: "/api/v1/logout",
    needsTrail: false,
    summary: "Ends the session that asks",
    answers: { 204: undefined },
    handle: ({ caller, request, reply }) => {
      const here = asking(request);
      const fault = crossSiteFault(here);
      if (fault !== undefined) return problem(403, fault);
      if (caller.session !== undefined) signIn.end(caller.session.sessionId, caller.changer);
      void reply.header("set-cookie", cookieHeader(here, ""));
      return undefined;
    },
  });
}

function addOwnRoutes(routes: Routes, { signIn }: SessionRoutes): void {
  const shared = { tag: "Session", needs: "somebody" } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "PUT",
    path: "/api/v1/me/password",
    summary: "Changes one's own password; one's other sessions end",
    body: z.strictObject({ current: z.string().max(1024), next: z.string().max(1024) }),
    answers: { 204: undefined },
    problems: [409],
    handle: ({ body, caller }) => {
      const { session: owner, changer } = caller;
      if (owner === undefined) return noSession();
      return changed(() => signIn.changePassword(owner, body, changer.address));
    },
  });
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/me/sessions",
    summary: "One's own sessions",
    answers: { 200: sessions },
    problems: [409],
    handle: ({ caller }) =>
      caller.session === undefined ? noSession() : list(signIn, caller, caller.principal.name),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/me/sessions/:id",
    needsTrail: false,
    summary: "Ends one of one's own sessions",
    params: idParams,
    answers: { 204: undefined },
    problems: [404, 409],
    handle: ({ params: { id }, caller }) => {
      if (caller.session === undefined) return noSession();
      return ended(signIn.end(id, caller.changer, caller.principal.name));
    },
  });
}

function addAllRoutes(routes: Routes, { signIn }: SessionRoutes): void {
  const shared = { tag: "Users", needs: "manage identities" } as const satisfies Partial<RouteHead>;
  routes.add({
    ...shared,
    method: "GET",
    path: "/api/v1/sessions",
    summary: "The sessions of all users at the page",
    answers: { 200: sessions },
    handle: ({ caller }) => list(signIn, caller),
  });
  routes.add({
    ...shared,
    method: "DELETE",
    path: "/api/v1/sessions/:id",
    summary: "Ends a session of any user",
    params: idParams,
    answers: { 204: undefined },
    problems: [404],
    handle: ({ params: { id }, caller }) => ended(signIn.end(id, caller.changer)),
  });
}

function shownUser({ principal: { name, role } }: Pick<Caller, "principal">): z.output<typeof me> {
  return { name, role, may: [...actionsOf(role)] };
}

function list(signIn: SignIn, caller: Caller, user?: string): z.output<typeof sessions> {
  const isThis = (id: string): boolean => id === caller.session?.sessionId;
  return { sessions: signIn.list(user).map((each) => ({ ...each, isThis: isThis(each.id) })) };
}

function noSession(): Problem {
  return problem(409, "this is for those who are signed in at the page");
}

function ended(isEnded: boolean): Problem | undefined {
  return isEnded ? undefined : problem(404, "there is no such session");
}
