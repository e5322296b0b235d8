/**
 * The link to one server: a secure channel and a session. A link that is lost stays lost: the adapter throws it away and
 * opens another, which may take over the session. The library would repair connections by itself, but it can be stuck in
 * that for long; here it never has the last word.
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
  readonly config: OpcUaConfig;
  readonly library: Library;
  /** Holds this application's key and certificate. */
  readonly pkiDir: string;
  /** Ends the attempt to connect; a link that is up is closed with `close`. */
  readonly signal: AbortSignal;
  /** A session of a link that was detached; it is resumed if the server still has it. */
  readonly kept?: ClientSession | undefined;
}

const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 1_000;

/**
 * Connects and opens a session, or resumes the one that was kept.
 * @throws {OpcUaError} CONNECT_FAILED, IDENTITY_REJECTED
 */
export async function openLink(options: LinkOptions): Promise<OpcUaLink> {
  const { config } = options;
  const client = newClient(options);
  try {
    const session = await within(
      { ms: CONNECT_WITHIN_MS, late: noSession(config.endpoint), signal: options.signal },
      connect(client, options),
    );
    const isResumed = session === options.kept;
    return new ServerLink(client, { session, isResumed, endpoint: config.endpoint });
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
    keepSessionAlive: false, // the watch of the adapter does
    keepPendingSessionsOnDisconnect: true, // a session is closed by us, or kept for the next link
  });
}

async function connect(
  client: OPCUAClient,
  { config, library, kept }: LinkOptions,
): Promise<ClientSession> {
  await client.connect(config.endpoint);
  if (kept !== undefined && (await isResumedBy(client, kept))) return kept;
  if (config.identity === undefined) return await client.createSession();
  const { user, password } = config.identity;
  const identity: UserIdentityInfo = {
    type: library.UserTokenType.UserName,
    userName: user,
    password,
  };
  return await client.createSession(identity);
}

/** A server that restarted, or waited too long, no longer has the session; then a new one is opened. */
async function isResumedBy(client: OPCUAClient, kept: ClientSession): Promise<boolean> {
  try {
    await client.reactivateSession(kept);
    return true;
  } catch {
    return false;
  }
}

/** Bounded, because the library may wait for a server that is no longer there. */
async function closeClient(client: OPCUAClient): Promise<void> {
  // Nothing can be done about a client that does not close; the adapter has already let go of it.
  const deadline = { ms: CLOSE_WITHIN_MS, late: notClosed };
  await within(deadline, client.disconnect()).catch(() => undefined);
}

/** With its subscriptions; a server that does not answer forgets them by itself. */
async function closeSession(session: ClientSession): Promise<void> {
  const deadline = { ms: CLOSE_WITHIN_MS, late: notClosed };
  await within(deadline, session.close(true)).catch(() => undefined);
}

function notClosed(): OpcUaError {
  return new OpcUaError("LINK_LOST", "the client did not close in time");
}

interface LinkParts {
  readonly session: ClientSession;
  readonly isResumed: boolean;
  readonly endpoint: string;
}

class ServerLink implements OpcUaLink {
  readonly session: ClientSession;
  readonly isResumed: boolean;
  readonly lost: Promise<OpcUaError>;
  readonly #client: OPCUAClient;
  readonly #endpoint: string;
  readonly #sessionClosed = (): void => this.giveUp(this.#lostBecause("the session was closed"));
  #lose: (reason: OpcUaError) => void = () => undefined;
  #over = false;

  constructor(client: OPCUAClient, { session, isResumed, endpoint }: LinkParts) {
    this.session = session;
    this.isResumed = isResumed;
    this.#client = client;
    this.#endpoint = endpoint;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    const cut = (): void => this.giveUp(this.#lostBecause("the connection was cut"));
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
    await closeClient(this.#client);
  }

  async close(): Promise<void> {
    const wasAlive = this.alive;
    this.giveUp(this.#lostBecause("closed by us"));
    if (wasAlive) await closeSession(this.session);
    await closeClient(this.#client);
  }

  #lostBecause(why: string): OpcUaError {
    return new OpcUaError("LINK_LOST", `${this.#endpoint}: ${why}`);
  }
}
