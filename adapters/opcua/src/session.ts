/**
 * The link to one server: a secure channel and a session. A link that is lost stays lost: the adapter throws it away and
 * opens another, which may take over the session. The library would repair connections by itself, but it can be stuck in
 * that for long; here it never has the last word.
 */
import type { ClientSession, OPCUAClient } from "node-opcua-client";
import { closeClient, closeSession } from "./connect/close-client.ts";
import type { Connector, OpenSession } from "./connect/connector.ts";
import type { ServerFacts } from "./connect/server-facts.ts";
import { OpcUaError } from "./errors.ts";
import { day, type CertificateFacts } from "@unshub/opcua-trust";

/** A working session. */
export interface OpcUaLink {
  readonly session: ClientSession;
  /** As it said when the session was opened, or resumed. */
  readonly server: ServerFacts;
  /** How messages are protected, e.g. `Basic256Sha256/SignAndEncrypt`. */
  readonly protection: string;
  /** One more session, on a channel of its own; closed with the link at the latest. */
  readonly openAnother: () => Promise<ClientSession>;
  /** The session is the one that was kept of the link before. */
  readonly isResumed: boolean;
  /** Resolves with the reason once the link no longer works; never rejects. */
  readonly lost: Promise<OpcUaError>;
  /** Whether it still works, as far as we know. */
  readonly alive: boolean;
  /** Gives the link up for a reason that others found out. */
  giveUp(reason: OpcUaError): void;
  /** Lets go of the connection, but not of the session: the server keeps it for a while, and the next link may resume it. */
  detach(): Promise<void>;
  /** Closes all of it; takes at most a second, even when the server does not answer. */
  close(): Promise<void>;
}

/** What a link is made of. */
export interface LinkOptions {
  readonly connector: Connector;
  /** One of the endpoints of the configuration. */
  readonly endpoint: string;
  /** Ends the attempt to connect; a link that is up is closed with `close`. */
  readonly signal: AbortSignal;
  /** A session of a link that was detached; it is resumed if the server still has it. */
  readonly kept?: ClientSession | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/**
 * Connects and opens a session, or resumes the one that was kept.
 * @throws {OpcUaError} with the state that the connection is in; all that was opened is closed.
 */
export async function openLink(options: LinkOptions): Promise<OpcUaLink> {
  // Taken out: a link that held its options would hold the session before, and so all that ever were.
  const { connector, endpoint, signal, kept, now } = options;
  const opened = await connector.open(endpoint, signal, kept);
  const isResumed = opened.session === kept;
  return new ServerLink(opened, { endpoint, isResumed, now });
}

interface LinkParts {
  readonly isResumed: boolean;
  readonly endpoint: string;
  readonly now: () => number;
}

class ServerLink implements OpcUaLink {
  readonly session: ClientSession;
  readonly isResumed: boolean;
  readonly server: ServerFacts;
  readonly protection: string;
  readonly openAnother: () => Promise<ClientSession>;
  readonly lost: Promise<OpcUaError>;
  readonly #client: OPCUAClient;
  readonly #certificate: CertificateFacts | undefined;
  readonly #endpoint: string;
  readonly #now: () => number;
  /** Sessions beside that of the values; they end with the link. */
  readonly #others = new Set<ClientSession>();
  readonly #sessionClosed = (): void => this.giveUp(this.#lostBecause("the session was closed"));
  #lose: (reason: OpcUaError) => void = () => undefined;
  #over = false;

  constructor(opened: OpenSession, { isResumed, endpoint, now }: LinkParts) {
    const { client, session } = opened;
    this.#now = now;
    this.session = session;
    this.isResumed = isResumed;
    this.server = opened.server;
    this.protection = opened.protection;
    this.openAnother = async () => {
      const another = await opened.openAnother();
      this.#others.add(another);
      return another;
    };
    this.#client = client;
    this.#certificate = opened.certificate;
    this.#endpoint = endpoint;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    const cut = (): void =>
      this.giveUp(this.#expired() ?? this.#lostBecause("the connection was cut"));
    client.on("connection_lost", cut);
    client.on("close", cut);
    session.on("session_closed", this.#sessionClosed);
  }

  get alive(): boolean {
    return !this.#over;
  }

  giveUp(reason: OpcUaError): void {
    this.#over = true;
    this.session.removeListener("session_closed", this.#sessionClosed);
    this.#lose(reason);
  }

  async detach(): Promise<void> {
    this.giveUp(this.#lostBecause("detached"));
    await this.#closeOthers();
    await closeClient(this.#client);
  }

  async close(): Promise<void> {
    const wasAlive = this.alive;
    this.giveUp(this.#lostBecause("closed by us"));
    await this.#closeOthers();
    if (wasAlive) await closeSession(this.session);
    await closeClient(this.#client);
  }

  async #closeOthers(): Promise<void> {
    await Promise.all([...this.#others].map(closeSession));
    this.#others.clear();
  }

  /** A certificate that ends while it is in use: the next renewal of the channel fails because of that. */
  #expired(): OpcUaError | undefined {
    const validTo = this.#certificate?.validTo ?? Infinity;
    if (this.#now() <= validTo) return undefined;
    const message = `${this.#endpoint}: the certificate of the server expired on ${day(validTo)}; renew it on the server`;
    return new OpcUaError("CERTIFICATE_EXPIRED", message);
  }

  #lostBecause(why: string): OpcUaError {
    return new OpcUaError("LINK_LOST", `${this.#endpoint}: ${why}`);
  }
}
