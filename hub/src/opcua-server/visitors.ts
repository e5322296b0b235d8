/** Who a client is, and whether it may write: anonymous as the configuration says, users by whoever knows them. */
import type { ServerSession } from "node-opcua-server";
import type { Writer } from "../command/index.ts";
import type { MetricInfo } from "../tree/index.ts";
import type { Access } from "./attributes.ts";
import type { Context } from "./uns-accessor.ts";

/** Somebody who came in with name and password. */
export interface OpcUaUser {
  mayWrite(info: MetricInfo): boolean;
  /** Puts on record what he writes. */
  readonly writer?: Writer;
}

/** Who this is; `undefined` when name or password are wrong. `address`: where it comes from, without the port. */
export type Authenticate = (
  login: { readonly name: string; readonly password: string },
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

type Session = Context["session"];

export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #users = new WeakMap<NonNullable<Session>, OpcUaUser>();

  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  /** Checks a login; never rejects: whoever cannot be checked does not come in. */
  async login(session: ServerSession, name: string, password: string): Promise<boolean> {
    const { authenticate } = this.#options;
    this.#users.delete(session);
    if (authenticate === undefined) return false;
    const address = session.channel?.remoteAddress ?? "";
    const user = await authenticate({ name, password }, address).catch(() => undefined);
    if (user !== undefined) this.#users.set(session, user);
    return user !== undefined;
  }

  accessOf({ session }: Context): Access {
    const { write, anonymous } = this.#options;
    const user = session === undefined ? undefined : this.#users.get(session);
    const mayWrite = (info: MetricInfo): boolean => user?.mayWrite(info) ?? anonymous === "full";
    return { server: write, mayWrite, writer: user?.writer };
  }
}
