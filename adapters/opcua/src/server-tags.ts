/** Connections of one adapter and the tags that each of them has: opens, locates, and keeps looking for new ones. */
import type { AdapterContext } from "@unshub/adapter";
import type { ClientSession } from "node-opcua-client";
import { NewTags } from "./browse/new-tags.ts";
import { TagFinder } from "./browse/tag-finder.ts";
import type { OpcUaConfig } from "./config.ts";
import { Connector } from "./connect/connector.ts";
import type { LinkTap } from "./connect/link-tap.ts";
import { OtherHubs, sessionsOfOthers } from "./connect/other-hubs.ts";
import type { ServerFacts } from "./connect/server-facts.ts";
import { firstLine, OpcUaError } from "./errors.ts";
import { certificateDir, trustDir } from "./folders.ts";
import { keepNamespaces } from "./known-namespaces.ts";
import type { Library } from "./library.ts";
import { openLink, type OpcUaLink } from "./session.ts";
import type { LocatedTag } from "./values/tag-node.ts";
import type { WatchedPart } from "./subscribe/agreements.ts";

export interface ServerTagsOptions {
  /** As it is now: tags may be others after a reload; whatever else counts only for a new link. */
  readonly config: OpcUaConfig;
  readonly library: Library;
  readonly context: AdapterContext;
  readonly signal: AbortSignal;
  readonly tap: LinkTap;
  /** There are other tags: locate them, and give birth again. */
  changed(): void;
}

const DAY_MS = 86_400_000;
const TWO_HUBS =
  "another program shows the certificate of this hub; was its data directory copied? Remove protocols/opcua/certificate there, and trust the new one";

/** Lives as long as the adapter. */
export class ServerTags {
  readonly #options: ServerTagsOptions;
  readonly #connector: Connector;
  readonly #finder: TagFinder;
  /** By session: one that is resumed has another link than before. */
  readonly #links = new WeakMap<ClientSession, OpcUaLink>();
  readonly #daily: NodeJS.Timeout;
  readonly #others: OtherHubs;
  #watched: OpcUaLink | undefined;
  #newTags: NewTags | undefined;

  constructor(options: ServerTagsOptions) {
    this.#options = options;
    const { config, library, context } = options;
    const { dataDir, log, sharedDir = dataDir } = context;
    this.#connector = new Connector({
      config,
      library,
      log,
      certificateDir: certificateDir(sharedDir),
      trustDir: trustDir(dataDir),
      now: () => context.now(),
      tap: options.tap,
    });
    // A link may last for years; what is looked at with each connection would be looked at too late.
    this.#daily = setInterval(() => void this.#connector.warnOfEnd(config.endpoint), DAY_MS);
    this.#daily.unref();
    this.#others = new OtherHubs(2 * config.sessionTimeoutMs);
    this.#finder = new TagFinder({
      get config() {
        return options.config;
      },
      library,
      log,
    });
  }

  /** @throws {OpcUaError} with the state that the connection is in. */
  async open(how: {
    readonly endpoint: string;
    readonly signal: AbortSignal;
    readonly kept: ClientSession | undefined;
  }): Promise<OpcUaLink> {
    const now = (): number => this.#options.context.now();
    const link = await openLink({ connector: this.#connector, now, ...how });
    this.#links.set(link.session, link);
    await this.#keepNamespaces(how.endpoint, link.server);
    return link;
  }

  /** For `unshub opcua export`; nothing that runs needs it. */
  async #keepNamespaces(endpoint: string, { namespaces }: ServerFacts): Promise<void> {
    const { dataDir, log } = this.#options.context;
    await keepNamespaces(dataDir, endpoint, namespaces).catch((cause: unknown) => {
      log.debug({ cause: firstLine(cause) }, "the namespaces of the server were not kept");
    });
  }

  /** All tags, as they are on the server of this session. */
  async locate(session: ClientSession): Promise<readonly LocatedTag[]> {
    // First listening, then looking: nothing that changes between the two is missed.
    await this.watch(session);
    const { server } = this.#linkOf(session);
    return await this.#finder.locate({ session, server, signal: this.#options.signal });
  }

  /** Looks whether another hub shows our certificate, where the server lets us. Never rejects. */
  async lookForOtherHubs(session: ClientSession): Promise<void> {
    const { context, config } = this.#options;
    const { log } = context;
    const { endpoint } = config;
    // On others no server shows them.
    if (this.#links.get(session)?.protection.endsWith("SignAndEncrypt") !== true) return;
    const uri = await this.#connector.applicationUri(endpoint);
    if (uri === undefined) return;
    try {
      const others = await sessionsOfOthers(session, uri);
      for (const name of this.#others.news(others, performance.now())) {
        log.warn({ endpoint, session: name, applicationUri: uri }, TWO_HUBS);
      }
    } catch (cause) {
      log.debug({ cause: firstLine(cause) }, "the sessions of the server were not looked at");
    }
  }

  serverOf(session: ClientSession): ServerFacts {
    return this.#linkOf(session).server;
  }

  /** Listens for new tags on the link of this session; once for each link. Never rejects. */
  async watch(session: ClientSession): Promise<void> {
    const { config, library, context, signal } = this.#options;
    const link = this.#linkOf(session);
    if (link === this.#watched || signal.aborted) return;
    const former = this.#newTags;
    this.#watched = link;
    this.#newTags = undefined;
    await former?.stop();
    const newTags = await NewTags.open({
      at: { session, server: link.server, signal },
      openAnother: link.openAnother,
      finder: this.#finder,
      config,
      library,
      log: context.log,
      changed: () => this.#options.changed(),
    });
    if (this.#watched === link && !signal.aborted) this.#newTags = newTags;
    else await newTags.stop();
  }

  /** What was asked of the server to tell of new nodes, and granted. */
  get watched(): readonly WatchedPart[] {
    return this.#newTags?.watched ?? [];
  }

  /** Somebody wants it looked at now. */
  look(): void {
    this.#newTags?.ask();
  }

  async close(): Promise<void> {
    clearInterval(this.#daily);
    await this.#newTags?.stop();
  }

  #linkOf(session: ClientSession): OpcUaLink {
    const link = this.#links.get(session);
    if (link === undefined) throw new OpcUaError("LINK_LOST", "a session without a link");
    return link;
  }
}
