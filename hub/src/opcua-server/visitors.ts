/** Who a client is, what it sees and whether it may write: anonymous as the configuration says, users by whoever knows them. */
import type { ServerSession } from "node-opcua-server";
import type { Writer } from "../command/index.ts";
import type { MetricInfo } from "../tree/index.ts";
import type { Access } from "./attributes.ts";
import type { Context } from "./uns-accessor.ts";

/** What somebody sees of the tree: all else does not exist for him. */
export interface OpcUaSight {
  readonly seesAll: boolean;
  sees(row: number): boolean;
}

/** Somebody who came in with name and password, or with a certificate. */
export interface OpcUaUser {
  /** As of the last `renew`. */
  readonly sight: OpcUaSight;
  /** Asks again who he is; `false`: nobody any more. */
  renew(): boolean;
  readonly mayWrite: (info: MetricInfo) => boolean;
  /** Puts on record what he writes, also what he may not. */
  readonly writer: Writer;
}

/** What somebody logs in with. A certificate, in DER, is trusted and proved already; who that is, it does not say. */
export type OpcUaCredentials =
  | { readonly name: string; readonly password: string }
  | { readonly certificate: Uint8Array };

/** Who this is; `undefined`: nobody who may come in. `address`: where it comes from, without the port. */
export type Authenticate = (
  login: OpcUaCredentials,
  address: string,
) => Promise<OpcUaUser | undefined>;

export interface VisitorsOptions {
  /** What those without a name may do. */
  readonly anonymous: "none" | "read" | "full";
  /** Whether anybody may write at all. */
  readonly write: boolean;
  /** Left out: nobody has a name. */
  readonly authenticate: Authenticate | undefined;
}

type Session = NonNullable<Context["session"]>;

/** A session, and who has logged in with it. */
interface Visitor {
  readonly session: ServerSession;
  user: OpcUaUser | undefined;
}

const EVERYTHING: OpcUaSight = { seesAll: true, sees: () => true };
const NOTHING: OpcUaSight = { seesAll: false, sees: () => false };

export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #visitors = new Map<Session, Visitor>();

  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  arrived(session: ServerSession): void {
    this.#visitors.set(session, { session, user: undefined });
  }

  /** The session goes on without a name. */
  becameNobody(session: ServerSession): void {
    const visitor = this.#visitors.get(session);
    if (visitor !== undefined) visitor.user = undefined;
  }

  left(session: Session): void {
    this.#visitors.delete(session);
  }

  /** Checks a login; never rejects: whoever cannot be checked does not come in. */
  async login(session: ServerSession, credentials: OpcUaCredentials): Promise<boolean> {
    const { authenticate } = this.#options;
    const visitor = this.#visitors.get(session);
    if (visitor === undefined || authenticate === undefined) return false;
    visitor.user = undefined;
    const address = addressOf(visitor);
    visitor.user = await authenticate(credentials, address).catch(() => undefined);
    return visitor.user !== undefined;
  }

  /** Rights have changed. Those who may no longer be there: nothing is there for them from now on. */
  renew(): readonly ServerSession[] {
    const gone = [...this.#visitors.values()].filter(({ user }) => user?.renew() === false);
    return gone.map(({ session }) => session);
  }

  /** Whether nobody who is in sees less than everything. */
  get allSeeAll(): boolean {
    return [...this.#visitors.values()].every(({ user }) => user?.sight.seesAll !== false);
  }

  sightOf(session: Session | null | undefined): OpcUaSight {
    const visitor = session && this.#visitors.get(session);
    if (visitor?.user !== undefined) return visitor.user.sight;
    return this.#options.anonymous === "none" ? NOTHING : EVERYTHING;
  }

  accessOf({ session }: Context): Access {
    const { write: server, anonymous } = this.#options;
    const visitor = session && this.#visitors.get(session);
    const sight = this.sightOf(session);
    const sees = (row: number): boolean => sight.sees(row);
    if (visitor?.user !== undefined) {
      const { mayWrite, writer } = visitor.user;
      return { server, sees, mayWrite, writer };
    }
    return { server, sees, mayWrite: () => anonymous === "full", writer: this.#nobody(visitor) };
  }

  /** Who writes without a name is on record by where he comes from. */
  #nobody(visitor: Visitor | undefined): Writer {
    const because = "without a login nobody may write here";
    return {
      actor: "anonymous",
      via: "opcua",
      address: visitor && addressOf(visitor),
      fault: () => (this.#options.anonymous === "full" ? undefined : because),
    };
  }
}

function addressOf({ session }: Visitor): string {
  return session.channel?.remoteAddress ?? "";
}
