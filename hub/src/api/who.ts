/**
 * Who asks over HTTP, and whether he may: a session of the page, a token, or user and password. The same for each route
 * and for the live feed.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { TlsProof } from "../broker/index.ts";
import { Sight, type Beside } from "../feed/index.ts";
import {
  EVERYTHING,
  mayDo,
  principalOf,
  reachOf,
  rightsOf,
  unproved,
  type Access,
  type Action,
  type Changer,
  type Credentials,
  type Principal,
  type Reach,
  type Rights,
  type SessionOwner,
  type SignIn,
} from "../identity/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { cookieIn, crossSiteFault, sessionCookie } from "./session-cookie.ts";
import { problem, Problem, refusedLogin } from "./problem.ts";
import type { RouteHead } from "./routes.ts";

/** Where anybody may look while `identity.anonymous` is `read`. */
export const READING: ReadonlySet<string> = new Set<Action>(["read values", "read diagnostics"]);

const ANYBODY: Principal = principalOf({
  source: "anonymous",
  name: "anonymous",
  role: "admin",
  grants: [],
});

/** Of whom nothing is known, at what anyone may ask. */
const NOBODY: Principal = principalOf({
  source: "anonymous",
  name: "anonymous",
  role: "viewer",
  grants: [],
});

/** Somebody who may ask what he asks. */
export interface Caller {
  readonly principal: Principal;
  readonly changer: Changer;
  /** What he sees of the tree. */
  readonly sight: Sight;
  /** What he may read, for what stands in no tree. */
  readonly reach: Reach;
  /** Over topics, for commands; `undefined`: everything. */
  readonly rights: Rights | undefined;
  /** His session, when he came with its cookie. */
  readonly session: SessionOwner | undefined;
}

/** A request, of HTTP or for a WebSocket. */
export interface Asking {
  readonly method: string;
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
  readonly isTls: boolean;
  readonly localPort: number;
  /** What the client has proved in its TLS handshake. */
  readonly proof: TlsProof | undefined;
}

export interface WhoOptions {
  readonly access: Access;
  readonly signIn: SignIn;
  readonly tree: UnsTree;
  readonly beside: Beside;
}

/** Who somebody is, before it is asked what he may. */
interface Known {
  readonly principal: Principal;
  readonly session?: SessionOwner;
}

const MOST_SIGHTS = 256;

type Asker = Pick<Caller, "principal" | "session">;

export class Who {
  readonly #options: WhoOptions;
  /** By what may be read, so that what was found out about rows is kept. */
  readonly #sights = new Map<string, Sight>();

  constructor(options: WhoOptions) {
    this.#options = options;
  }

  /** The one who asks, or why he may not. */
  async admit(asking: Asking, needs: RouteHead["needs"]): Promise<Caller | Problem> {
    const known = await (needs === "anyone" ? this.#greet(asking) : this.#identify(asking));
    if (known instanceof Problem) return known;
    const fault = this.#fault(known, asking, needs);
    const otherwise = needs === "anyone" ? NOBODY : ANYBODY;
    return fault ?? this.#callerOf(known ?? { principal: otherwise }, asking.ip);
  }

  /** What a caller sees now; `undefined`: he may no longer look. */
  sightNow(caller: Asker): Sight | undefined {
    if (caller.principal.source === "anonymous") return this.#sightOf(EVERYTHING);
    const now = this.#principalNow(caller);
    return now === undefined || !mayDo(now, "read values")
      ? undefined
      : this.#sightOf(reachOf(now));
  }

  /** Changes with what a caller may do, besides what he sees. */
  roleNow(caller: Asker): string | undefined {
    return this.#principalNow(caller)?.role;
  }

  /** Whether a caller may do such things by his rights of now. */
  mayNow(caller: Asker, action: Action): boolean {
    if (caller.principal.source === "anonymous") return READING.has(action);
    const now = this.#principalNow(caller);
    return now !== undefined && mayDo(now, action);
  }

  /** `undefined`: there is no such identity any more, or his session has ended. */
  #principalNow({ principal, session }: Asker): Principal | undefined {
    const { access, signIn } = this.#options;
    if (principal.source === "anonymous") return principal;
    return session === undefined
      ? access.current(principal)
      : signIn.ownerById(session.sessionId)?.principal;
  }

  async #identify(asking: Asking): Promise<Known | Problem | undefined> {
    const { authorization } = asking.headers;
    const credentials = credentialsIn(authorization);
    if (authorization !== undefined && credentials === undefined) {
      return problem(401, "the header Authorization is neither Bearer nor Basic");
    }
    const proved = await this.#byCertificate(asking);
    if (proved instanceof Problem) return proved;
    if (credentials === undefined) return this.#bySession(asking) ?? proved;
    const result = await this.#options.access.authenticator.authenticate(credentials, asking.ip);
    if (result.kind === "principal") return result;
    const actor = credentials.kind === "password" ? `user:${credentials.name}` : "nobody";
    const entry = { actor, via: "api", address: asking.ip, action: "log in" } as const;
    this.#options.access.audit.refused({ ...entry, result: "refused", reason: result.because });
    return refusedLogin(result);
  }

  /** At what anyone may ask: nobody is turned away for what he shows. */
  async #greet(asking: Asking): Promise<Known | undefined> {
    const known = this.#bySession(asking) ?? (await this.#byCertificate(asking));
    return known instanceof Problem ? undefined : known;
  }

  /** By the certificate of its connection; one that is revoked lets nobody in, whatever else is shown. */
  async #byCertificate({ proof, ip }: Asking): Promise<Known | Problem | undefined> {
    if (proof === undefined) return undefined;
    const { authenticator, audit } = this.#options.access;
    const result = await authenticator.authenticate(proof, ip);
    if (result.kind === "principal") return result;
    if (result.isUnknown === true) return undefined;
    const entry = { actor: unproved(proof), via: "api", address: ip, action: "log in" } as const;
    audit.refused({ ...entry, result: "refused", reason: result.because });
    return problem(401, result.because);
  }

  /** By the cookie; one that has ended is as good as none. */
  #bySession(asking: Asking): Known | undefined {
    const secret = cookieIn(asking.headers.cookie, sessionCookie(asking));
    const session = secret === undefined ? undefined : this.#options.signIn.owner(secret);
    return session && { principal: session.principal, session };
  }

  #fault(known: Known | undefined, asking: Asking, needs: RouteHead["needs"]): Problem | undefined {
    if (needs === "anyone") return undefined;
    if (known === undefined) return this.#anonymousFault(needs);
    const foreign = known.session === undefined ? undefined : crossSiteFault(asking);
    if (foreign !== undefined) return problem(403, foreign);
    const { principal } = known;
    if (needs === "somebody" || mayDo(principal, needs)) return undefined;
    const reason = `a ${principal.role} may not ${needs}`;
    this.#options.access.audit.refused({
      actor: principal.id,
      via: known.session === undefined ? "api" : "ui",
      address: asking.ip,
      action: needs,
      result: "refused",
      reason,
    });
    return problem(403, reason);
  }

  #anonymousFault(needs: Action | "somebody"): Problem | undefined {
    const { anonymous } = this.#options.access;
    if (needs === "somebody") return problem(401, "sign in first");
    if (anonymous === "full" || (anonymous === "read" && READING.has(needs))) return undefined;
    if (anonymous === "read") {
      return problem(401, "identity.anonymous is read: without a login nobody may write");
    }
    return problem(401, "log in with a user name and a password, or with a token");
  }

  #callerOf({ principal, session }: Known, address: string): Caller {
    const isAnybody = principal === ANYBODY;
    const reach = isAnybody ? EVERYTHING : reachOf(principal);
    return {
      principal,
      session,
      reach,
      sight: this.#sightOf(reach),
      rights: isAnybody ? undefined : rightsOf(principal, ""),
      changer: { principal, via: session === undefined ? "api" : "ui", address },
    };
  }

  #sightOf(reach: Reach): Sight {
    const known = this.#sights.get(reach.key);
    if (known !== undefined) return known;
    if (this.#sights.size >= MOST_SIGHTS) this.#sights.clear();
    const sight = new Sight(this.#options.tree, reach, this.#options.beside);
    this.#sights.set(reach.key, sight);
    return sight;
  }
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
