/**
 * The link to one server: a secure channel, a session, and a watch over both. A link that is lost stays lost: the
 * adapter throws it away and opens another. The library tries to repair connections by itself, but it can be stuck
 * in that for long; here it never has the last word.
 */
import type { ClientSession, OPCUAClient } from "node-opcua-client";
import { closeClient } from "./connect/close-client.ts";
import type { Connector, OpenSession } from "./connect/connector.ts";
import type { ServerFacts } from "./connect/server-facts.ts";
import { within } from "./deadline.ts";
import { OpcUaError, firstLine } from "./errors.ts";
import type { CertificateFacts } from "./trust/certificate.ts";
import { day } from "./trust/describe.ts";

/** A working session. */
export interface OpcUaLink {
  readonly session: ClientSession;
  /** As it said when the session was opened. */
  readonly server: ServerFacts;
  /** One more session on the same channel. */
  readonly openAnother: () => Promise<ClientSession>;
  /** How messages are protected, e.g. `Basic256Sha256/SignAndEncrypt`. */
  readonly protection: string;
  /** Resolves with the reason once the link no longer works; never rejects. */
  readonly lost: Promise<OpcUaError>;
  /** Whether it still works, as far as we know. */
  readonly alive: boolean;
  /** Gives the link up for a reason that others found out. */
  giveUp(reason: OpcUaError): void;
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
}

/** How often the server is asked for its state, and how long it may take to answer. */
const WATCH_EVERY_MS = 2_000;
const WATCH_WITHIN_MS = 2_000;

const SERVER_STATE = "i=2259"; // Server_ServerStatus_State
const VALUE_ATTRIBUTE = 13;
const RUNNING = 0;

/**
 * Connects, opens a session and asks whether the server is at work.
 * @throws {OpcUaError} with the state that the connection is in; all that was opened is closed.
 */
export async function openLink(options: LinkOptions): Promise<OpcUaLink> {
  const { connector, endpoint, signal } = options;
  const opened = await connector.open(endpoint, signal);
  try {
    await checkServerState(opened.session, endpoint);
    return new WatchedLink(opened, endpoint);
  } catch (cause) {
    await closeClient(opened.client);
    if (cause instanceof OpcUaError) throw cause;
    const message = `${endpoint}: the session was lost at once: ${firstLine(cause)}`;
    throw new OpcUaError("LINK_LOST", message, { cause });
  }
}

async function checkServerState(session: ClientSession, endpoint: string): Promise<void> {
  const reading = session.read({ nodeId: SERVER_STATE, attributeId: VALUE_ATTRIBUTE });
  const late = (): OpcUaError =>
    new OpcUaError("LINK_LOST", `${endpoint}: no answer within ${WATCH_WITHIN_MS / 1_000} s`);
  const state = await within({ ms: WATCH_WITHIN_MS, late }, reading);
  const value: unknown = state.value.value;
  if (value === RUNNING) return;
  const message = `${endpoint}: the server is not running (ServerState ${String(value)}, ${state.statusCode.name})`;
  throw new OpcUaError("SERVER_NOT_RUNNING", message);
}

class WatchedLink implements OpcUaLink {
  readonly session: ClientSession;
  readonly server: ServerFacts;
  readonly openAnother: () => Promise<ClientSession>;
  readonly protection: string;
  readonly lost: Promise<OpcUaError>;
  readonly #client: OPCUAClient;
  readonly #certificate: CertificateFacts | undefined;
  readonly #endpoint: string;
  #lose: (reason: OpcUaError) => void = () => undefined;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  constructor(opened: OpenSession, endpoint: string) {
    const { client, session } = opened;
    this.session = session;
    this.server = opened.server;
    this.openAnother = () => opened.openAnother();
    this.protection = opened.protection;
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
    session.on("session_closed", () => this.giveUp(this.#lostBecause("the session was closed")));
    this.#watchLater();
  }

  get alive(): boolean {
    return !this.#over;
  }

  giveUp(reason: OpcUaError): void {
    this.#over = true;
    clearTimeout(this.#watch);
    this.#lose(reason);
  }

  async close(): Promise<void> {
    this.giveUp(this.#lostBecause("closed by us"));
    await closeClient(this.#client);
  }

  /** A certificate that ends while it is in use: the next renewal of the channel fails because of that. */
  #expired(): OpcUaError | undefined {
    const validTo = this.#certificate?.validTo ?? Infinity;
    if (Date.now() <= validTo) return undefined;
    const message = `${this.#endpoint}: the certificate of the server expired on ${day(validTo)}; renew it on the server`;
    return new OpcUaError("CERTIFICATE_EXPIRED", message);
  }

  #lostBecause(why: string, cause?: unknown): OpcUaError {
    return new OpcUaError("LINK_LOST", `${this.#endpoint}: ${why}`, { cause });
  }

  #watchLater(): void {
    if (this.#over) return;
    this.#watch = setTimeout(() => {
      checkServerState(this.session, this.#endpoint).then(
        () => this.#watchLater(),
        (cause: unknown) => {
          const reason =
            cause instanceof OpcUaError ? cause : this.#lostBecause(firstLine(cause), cause);
          this.giveUp(reason);
        },
      );
    }, WATCH_EVERY_MS);
  }
}
