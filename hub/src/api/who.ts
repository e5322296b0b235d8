/**
 * Who asks over HTTP, and whether he may: every route is in one table, and what is not there is for administrators. A
 * client shows a token or user and password; browsers ask their user for the latter.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  mayDo,
  type Access,
  type Action,
  type Changer,
  type Credentials,
  type Principal,
} from "../identity/index.ts";
import { problem } from "./answers.ts";

/** What a route needs; `undefined`: no login. The first that fits counts. */
const NEEDS: readonly (readonly [method: RegExp, path: RegExp, needs: Action | undefined])[] = [
  [/^GET$|^HEAD$/, /^\/(livez|healthz|readyz|metrics)$/, undefined],
  [/^POST$/, /^\/api\/v1\/first-admin$/, undefined],
  [/^GET$|^HEAD$/, /^\/api\/(ns\/|history(\/|$))/, "read values"],
  [/^POST$/, /^\/api\/ns\/write$/, "write metrics"],
  [/^GET$/, /^\/live$/, "read values"],
  [/./, /^\/api\/v1\/(users|tokens|bans)(\/|$)/, "manage identities"],
  [/./, /^\/api\/v1\/audit(\/|$)/, "read audit"],
  [/^DELETE$/, /^\/api\/v1\/(clients|certificates)\//, "end clients"],
  [
    /^GET$|^HEAD$/,
    /^\/api\/v1\/(clients|findings|conformance|explain|adapters|certificates|rebirths)(\/|$)/,
    "read diagnostics",
  ],
  [/./, /^\/api\/v1\/adapters\//, "edit configuration"],
  [/./, /^\/api\//, "manage identities"],
  // The page itself holds nothing of the plant.
  [/^GET$|^HEAD$/, /./, undefined],
];

/** Where anybody may read, and nobody may write. */
const READING: ReadonlySet<Action> = new Set<Action>(["read values", "read diagnostics"]);

/** Whoever asked, once the hook has let him pass. */
const principals = new WeakMap<object, Principal>();

/** Refuses what nobody may ask, before a route sees it. */
export function addWho(server: FastifyInstance, access: Access): void {
  server.addHook("onRequest", async (request, reply) => {
    const needs = needsOf(request.method, request.url);
    if (needs === undefined) return;
    const answer = await whoMay(access, request, needs);
    if (answer === undefined) return;
    const { status, because } = answer;
    if (status === 401)
      void reply.header("www-authenticate", 'Basic realm="UNS Hub", charset="UTF-8"');
    await problem(reply, status, because);
  });
}

/** The principal behind a request, for what it changes; of a hub without users, anybody. */
export function changerOf(request: FastifyRequest): Changer {
  const principal = principals.get(request.raw) ?? ANYBODY;
  return { principal, via: "api", address: request.ip };
}

const ANYBODY: Principal = {
  id: "anonymous",
  source: "anonymous",
  name: "anonymous",
  role: "admin",
  grants: [],
};

interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly because: string;
}

/** Why this may not be asked; `undefined` when it may. Also for the handshake of a WebSocket. */
export async function whoMay(
  access: Access,
  request: { readonly raw: object; readonly ip: string; readonly headers: Headers },
  needs: Action,
): Promise<Refusal | undefined> {
  const credentials = credentialsIn(request.headers.authorization);
  if (credentials === undefined) return anonymousMay(access, needs);
  const result = await access.authenticator.authenticate(credentials, request.ip);
  if (result.kind === "refused") {
    return { status: result.waitMs === undefined ? 401 : 429, because: result.because };
  }
  if (!mayDo(result.principal, needs)) {
    const { id, role } = result.principal;
    access.audit.refused({
      actor: id,
      via: "api",
      address: request.ip,
      action: needs,
      result: "refused",
      reason: `a ${role} may not ${needs}`,
    });
    return { status: 403, because: `a ${role} may not ${needs}` };
  }
  principals.set(request.raw, result.principal);
  return undefined;
}

interface Headers {
  readonly authorization?: string | undefined;
}

function anonymousMay({ anonymous }: Access, needs: Action): Refusal | undefined {
  if (anonymous === "full" || (anonymous === "read" && READING.has(needs))) return undefined;
  if (anonymous === "read") {
    return { status: 403, because: "identity.anonymous is read: nobody may write" };
  }
  return { status: 401, because: "log in with a user name and a password, or with a token" };
}

/** What a request of this kind needs; a path is looked at without its question. */
function needsOf(method: string, url: string): Action | undefined {
  const [path = "/"] = url.split("?");
  const found = NEEDS.find(([ofMethod, ofPath]) => ofMethod.test(method) && ofPath.test(path));
  return found === undefined ? "manage identities" : found[2];
}

/** `Bearer hub_…` or `Basic …`; anything else shows nothing. */
function credentialsIn(header: string | undefined): Credentials | undefined {
  const [scheme = "", value = ""] = header?.split(" ") ?? [];
  if (/^bearer$/i.test(scheme)) return { kind: "token", secret: value };
  if (!/^basic$/i.test(scheme)) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { kind: "password", name: text.slice(0, colon), password: text.slice(colon + 1) };
}
