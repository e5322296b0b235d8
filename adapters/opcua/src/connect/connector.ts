/**
 * From an address to an open session: asks what the server offers, chooses, decides about its certificate, opens channel
 * and session, and reads what the server says of itself. Every failure is an `OpcUaError` with a state and a sentence.
 */
import type { ClientSession, OPCUAClient, UserIdentityInfo } from "node-opcua-client";
import type { Logger } from "@unshub/adapter";
import type { ConnectionConfig, OpcUaConfig } from "../config.ts";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import {
  expiryWarning,
  ownCertificate,
  TrustStore,
  type CertificateFacts,
  type OwnCertificate,
} from "@unshub/opcua-trust";
import { Gatekeeper } from "../trust/gatekeeper.ts";
import { chooseEndpoint } from "./choose-endpoint.ts";
import { newClient, type ClientParts } from "./client.ts";
import { closeClient, closeSession } from "./close-client.ts";
import { offeredText, offersOf, protectionText, type EndpointOffer } from "./endpoint-offer.ts";
import { connectionFailure } from "./failure.ts";
import type { LinkTap } from "./link-tap.ts";
import { hubMark } from "./other-hubs.ts";
import { checkPassword, needsCertificate, userIdentity } from "./identity.ts";
import { readServerFacts, type ServerFacts } from "./server-facts.ts";

/** An open session and what is known of the server behind it. */
export interface OpenSession {
  readonly client: OPCUAClient;
  readonly session: ClientSession;
  readonly server: ServerFacts;
  /** One more session of the same user, on a channel of its own; closed by who asked for it. */
  openAnother(): Promise<ClientSession>;
  /** E.g. `Basic256Sha256/SignAndEncrypt`. */
  readonly protection: string;
  /** `undefined` on an open channel. */
  readonly certificate: CertificateFacts | undefined;
}

/** What a connector is made of. */
export interface ConnectorOptions {
  readonly config: OpcUaConfig;
  readonly library: Library;
  readonly log: Logger;
  /** The folder of the hub's application certificate, which all adapters share. */
  readonly certificateDir: string;
  /** The folder of this adapter's trust store. */
  readonly trustDir: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Hears what goes over the link, the asking for endpoints aside. */
  readonly tap?: LinkTap;
  /** Hears how far an attempt has come, and what was found. */
  readonly onPassed?: (passed: Passed) => void;
}

/** A part of the way to a session. */
export interface Passed {
  readonly step: "endpoints" | "certificate" | "session";
  /** A sentence. */
  readonly says: string;
}

const CONNECT_WITHIN_MS = 10_000;

/** Opens sessions with one server, or with one of a redundant set. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #gatekeeper: Gatekeeper;
  /** What was told already: it is told again when it changes. */
  #toldOf = "";
  #warnedAtDays = Infinity;
  #namespacesAtFirst: readonly string[] | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    const { config, log, trustDir } = options;
    this.#gatekeeper = new Gatekeeper(config.trust, new TrustStore(trustDir), log);
    if (config.trust.onFirstUse) {
      const fields = { endpoint: config.endpoint };
      log.warn(fields, "trustOnFirstUse is on: whoever answers first is taken for the server");
    }
  }

  /**
   * `kept`: a session of a channel that is gone; it is taken up again when the server still has it.
   * @throws {OpcUaError} whatever the reason; all that was opened is closed then.
   */
  async open(endpoint: string, signal: AbortSignal, kept?: ClientSession): Promise<OpenSession> {
    const config = { ...this.#options.config, endpoint };
    const own = await this.#ownCertificate(endpoint);
    const parts: ClientParts = {
      library: this.#options.library,
      config,
      own,
      name: `unshub ${config.device} ${hubMark()}`,
    };
    const offers = await this.#discover(parts, signal);
    const offer = chooseEndpoint(offers, config);
    this.#pass("endpoints", `offered: ${offeredText(offers)}; chosen: ${protectionText(offer)}`);
    checkPassword(config, offer);
    const certificate = await this.#admit(config, offer);
    this.#pass("certificate", certificateText(certificate));
    this.#tell(endpoint, offers, offer);
    const opened = await this.#openSession(parts, offer, { signal, kept });
    this.#pass("session", sessionText(config));
    return { ...opened, protection: protectionText(offer), certificate };
  }

  #pass(step: Passed["step"], says: string): void {
    this.#options.onPassed?.({ step, says });
  }

  /** By which servers know this hub; `undefined` when its certificate cannot be read. */
  async applicationUri(endpoint: string): Promise<string | undefined> {
    const own = await this.#ownCertificate(endpoint).catch(() => undefined);
    return own?.facts.applicationUri;
  }

  /** Tells when our certificate ends soon; never rejects. */
  async warnOfEnd(endpoint: string): Promise<void> {
    await this.#ownCertificate(endpoint).catch(() => undefined); // the next attempt to connect says why
  }

  async #ownCertificate(endpoint: string): Promise<OwnCertificate> {
    const { certificateDir, log, now } = this.#options;
    try {
      const own = await ownCertificate(certificateDir, now());
      const warning = expiryWarning(own.facts, now());
      if (warning !== undefined && warning.withinDays < this.#warnedAtDays) {
        log.warn({ file: own.file, because: warning.because }, "our certificate must be renewed");
      }
      this.#warnedAtDays = warning?.withinDays ?? Infinity;
      return own;
    } catch (cause) {
      const message = `${endpoint}: our application certificate: ${firstLine(cause)}`;
      throw new OpcUaError("OWN_CERTIFICATE", message, { cause });
    }
  }

  /** Asks over an open channel, as the standard has it; nothing secret is said. */
  async #discover(parts: ClientParts, signal: AbortSignal): Promise<readonly EndpointOffer[]> {
    const { config, own } = parts;
    const client = newClient(parts);
    try {
      const deadline = { ms: CONNECT_WITHIN_MS, late: noAnswer(config.endpoint), signal };
      const asked = client.connect(config.endpoint).then(() => client.getEndpoints());
      return offersOf(await within(deadline, asked));
    } catch (cause) {
      throw connectionFailure(config, cause, { stage: "discover", own });
    } finally {
      await closeClient(client);
    }
  }

  async #admit(
    config: ConnectionConfig,
    offer: EndpointOffer,
  ): Promise<CertificateFacts | undefined> {
    if (!needsCertificate(config, offer)) return undefined;
    const { endpoint } = config;
    const { certificate, applicationUri } = offer;
    return await this.#gatekeeper.admit(
      { endpoint, certificate, applicationUri },
      this.#options.now(),
    );
  }

  async #openSession(
    parts: ClientParts,
    offer: EndpointOffer,
    { signal, kept }: { readonly signal: AbortSignal; readonly kept: ClientSession | undefined },
  ): Promise<Omit<OpenSession, "protection" | "certificate">> {
    const { config, own, library } = parts;
    const identity = userIdentity(config, library);
    const client = newClient(parts, offer);
    this.#options.tap?.listenTo(client);
    const deadline = { ms: CONNECT_WITHIN_MS, late: noAnswer(config.endpoint), signal };
    let stage: "channel" | "session" = "channel";
    let session: ClientSession | undefined;
    try {
      await within(deadline, client.connect(addressOf(config, offer)));
      stage = "session";
      session = await within(deadline, sessionOf(client, identity, kept));
      const server = await within(deadline, this.#facts(session, config));
      const openAnother = (): Promise<ClientSession> => sessionApart(parts, offer);
      return { client, session, server, openAnother };
    } catch (cause) {
      if (session !== undefined) await closeSession(session);
      await closeClient(client);
      throw connectionFailure(config, cause, { stage, own });
    }
  }

  async #facts(session: ClientSession, config: ConnectionConfig): Promise<ServerFacts> {
    const server = await readServerFacts(session, config, this.#namespacesAtFirst);
    this.#namespacesAtFirst ??= server.namespaces;
    return server;
  }

  /** Found and chosen, once, and again when something else is found. */
  #tell(endpoint: string, offers: readonly EndpointOffer[], offer: EndpointOffer): void {
    const { log, config } = this.#options;
    const text = `${endpoint} ${offeredText(offers)} ${protectionText(offer)} ${offer.url}`;
    if (text === this.#toldOf) return;
    this.#toldOf = text;
    const fields = { endpoint, offered: offeredText(offers), chosen: protectionText(offer) };
    log.info(fields, "chose among the endpoints of the OPC UA server");
    const isOther = offer.url !== "" && !sameAddress(offer.url, endpoint);
    if (isOther && config.endpointUrl === "asConfigured") {
      const named = { endpoint, calledByServer: offer.url };
      log.info(
        named,
        "the server calls itself otherwise; the address of the configuration is used",
      );
    }
  }
}

function certificateText(certificate: CertificateFacts | undefined): string {
  if (certificate === undefined) return "none is needed without protection";
  return `${certificate.subject}, SHA-256 ${certificate.sha256}, is trusted`;
}

function sessionText({ identity }: ConnectionConfig): string {
  return identity.kind === "user" ? `logged in as ${identity.user}` : "logged in";
}

function addressOf({ endpoint, endpointUrl }: ConnectionConfig, offer: EndpointOffer): string {
  return endpointUrl === "asServer" && offer.url !== "" ? offer.url : endpoint;
}

/** A server that restarted, or waited too long, no longer has the session; then a new one is opened. */
async function sessionOf(
  client: OPCUAClient,
  identity: UserIdentityInfo,
  kept: ClientSession | undefined,
): Promise<ClientSession> {
  if (kept === undefined) return await client.createSession(identity);
  try {
    await client.reactivateSession(kept);
    return kept;
  } catch {
    return await client.createSession(identity);
  }
}

function plainAddress(url: string): string {
  return url.toLowerCase().replace(/\/$/, "");
}

function sameAddress(a: string, b: string): boolean {
  return plainAddress(a) === plainAddress(b);
}

function noAnswer(endpoint: string): () => OpcUaError {
  const message = `${endpoint}: no session within ${CONNECT_WITHIN_MS / 1_000} s`;
  return () => new OpcUaError("CONNECT_FAILED", message);
}

/**
 * A session on a channel of its own, which ends with it: there are servers that mix up what several sessions of one channel
 * publish (asyncua 2.1.0), and then the values would stand still.
 */
async function sessionApart(parts: ClientParts, offer: EndpointOffer): Promise<ClientSession> {
  const { config, library } = parts;
  const client = newClient(parts, offer);
  const close = (): void => void closeClient(client);
  const deadline = { ms: CONNECT_WITHIN_MS, late: noAnswer(config.endpoint) };
  try {
    await within(deadline, client.connect(addressOf(config, offer)));
    const session = await within(deadline, client.createSession(userIdentity(config, library)));
    client.on("connection_lost", close);
    session.on("session_closed", close);
    return session;
  } catch (cause) {
    await closeClient(client);
    throw cause;
  }
}
