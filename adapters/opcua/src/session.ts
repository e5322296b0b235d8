/**
 * The link to one server: a secure channel, a session, and a watch over both. A link that is lost stays lost: the
 * adapter throws it away and opens another. The library tries to repair connections by itself, but it can be stuck
 * in that for long; here it never has the last word.
 */
import { hostname } from "node:os";
import type { ClientSession, OPCUAClient, UserIdentityInfo } from "node-opcua-client";
import type { OpcUaConfig } from "./config.ts";
import { within } from "./deadline.ts";
import { OpcUaError, firstLine } from "./errors.ts";
import type { Library } from "./library.ts";

/** A working session. */
export interface OpcUaLink {
  readonly session: ClientSession;
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
  readonly config: OpcUaConfig;
  readonly library: Library;
  /** Holds this application's key and certificate. */
  readonly pkiDir: string;
  /** Ends the attempt to connect; a link that is up is closed with `close`. */
  readonly signal: AbortSignal;
}

const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 1_000;
/** How often the server is asked for its state, and how long it may take to answer. */
const WATCH_EVERY_MS = 2_000;
const WATCH_WITHIN_MS = 2_000;

const SERVER_STATE = "i=2259"; // Server_ServerStatus_State
const VALUE_ATTRIBUTE = 13;
const RUNNING = 0;

/**
 * Connects, opens a session and asks whether the server is at work.
 * @throws {OpcUaError} CONNECT_FAILED, IDENTITY_REJECTED, SERVER_NOT_RUNNING
 */
export async function openLink(options: LinkOptions): Promise<OpcUaLink> {
  const { config } = options;
  const client = newClient(options);
  try {
    const session = await within(
      { ms: CONNECT_WITHIN_MS, late: noSession(config.endpoint), signal: options.signal },
      connect(client, options),
    );
    await checkServerState(session, config.endpoint);
    return new WatchedLink(client, session, config.endpoint);
  } catch (cause) {
    await closeClient(client);
    throw cause instanceof OpcUaError ? cause : connectError(config.endpoint, cause);
  }
}

/** What the library says of a failed connection, as a sentence for the operator. */
function connectError(endpoint: string, cause: unknown): OpcUaError {
  const why = firstLine(cause);
  if (/BadIdentityToken|BadUserAccessDenied/.test(why)) {
    const message = `${endpoint}: the server does not let this user in (${why})`;
    return new OpcUaError("IDENTITY_REJECTED", message, { cause });
  }
  if (why.includes("user token policy")) {
    const offered = why.includes("ANONYMOUS") ? "anonymous sessions" : "user and password";
    const message = `${endpoint}: the server does not offer ${offered} without encryption`;
    return new OpcUaError("CONNECT_FAILED", message, { cause });
  }
  return new OpcUaError("CONNECT_FAILED", `${endpoint}: cannot connect: ${why}`, { cause });
}

function noSession(endpoint: string): () => OpcUaError {
  const message = `${endpoint}: no session within ${CONNECT_WITHIN_MS / 1_000} s`;
  return () => new OpcUaError("CONNECT_FAILED", message);
}

function newClient({ config, library, pkiDir }: LinkOptions): OPCUAClient {
  return library.OPCUAClient.create({
    applicationName: "UNS Hub",
    applicationUri: `urn:${hostname()}:unshub`,
    clientName: `unshub ${config.device}`,
    clientCertificateManager: new library.OPCUACertificateManager({
      rootFolder: pkiDir,
      disableFileWatchers: true,
    }),
    securityMode: library.MessageSecurityMode.None,
    securityPolicy: library.SecurityPolicy.None,
    endpointMustExist: false, // the server may know itself by another host name
    connectionStrategy: { maxRetry: 0 },
    requestedSessionTimeout: config.sessionTimeoutMs,
    keepSessionAlive: false, // the watch below does
  });
}

async function connect(
  client: OPCUAClient,
  { config, library }: LinkOptions,
): Promise<ClientSession> {
  await client.connect(config.endpoint);
  if (config.identity === undefined) return await client.createSession();
  const { user, password } = config.identity;
  const identity: UserIdentityInfo = {
    type: library.UserTokenType.UserName,
    userName: user,
    password,
  };
  return await client.createSession(identity);
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

/** Bounded, because the library may wait for a server that is no longer there. */
async function closeClient(client: OPCUAClient): Promise<void> {
  // Nothing can be done about a client that does not close; the adapter has already let go of it.
  const deadline = { ms: CLOSE_WITHIN_MS, late: notClosed };
  await within(deadline, client.disconnect()).catch(() => undefined);
}

function notClosed(): OpcUaError {
  return new OpcUaError("LINK_LOST", "the client did not close in time");
}

class WatchedLink implements OpcUaLink {
  readonly session: ClientSession;
  readonly lost: Promise<OpcUaError>;
  readonly #client: OPCUAClient;
  readonly #endpoint: string;
  #lose: (reason: OpcUaError) => void = () => undefined;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  constructor(client: OPCUAClient, session: ClientSession, endpoint: string) {
    this.session = session;
    this.#client = client;
    this.#endpoint = endpoint;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    const cut = (): void => this.giveUp(this.#lostBecause("the connection was cut"));
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
