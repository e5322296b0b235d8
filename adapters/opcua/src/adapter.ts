/**
 * The OPC UA adapter: keeps one link to one server, for ever. Each turn of its loop opens a link, reads all tags,
 * subscribes, and waits until the link is lost; then it waits a little longer each time and begins anew.
 */
import { setTimeout as delay } from "node:timers/promises";
import type {
  Adapter,
  AdapterContext,
  AdapterDiagnostics,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import { AdapterError, Backoff, NO_DIAGNOSTICS, writeInOrder } from "@unshub/adapter";
import type { BornMetric, MetricReading } from "@unshub/sparkplug";
import type { OpcUaConfig, TagConfig } from "./config.ts";
import { NewTags } from "./browse/new-tags.ts";
import { TagFinder, type SearchSession } from "./browse/tag-finder.ts";
import { Connector } from "./connect/connector.ts";
import { pauseAfter } from "./connect/pause.ts";
import { OpcUaDevice } from "./device.ts";
import { OpcUaError, firstLine } from "./errors.ts";
import { certificateDir, trustDir } from "./folders.ts";
import type { Library } from "./library.ts";
import { loadLibrary } from "./library.ts";
import type { TagNode } from "./nodes.ts";
import { readNodes } from "./nodes.ts";
import { quietLibrary } from "./quiet.ts";
import type { OpcUaLink } from "./session.ts";
import { openLink } from "./session.ts";
import { subscribe } from "./subscription.ts";
import { readBack, writableTag, writeNode } from "./write.ts";

/** The first wait after a failure and the longest, in ms. */
const BACKOFF_MS = [500, 10_000] as const;
/** A link that lived this long was healthy: the next failure starts with a short wait again. */
const HEALTHY_AFTER_MS = 30_000;
/** `stop` waits no longer for what is under way. */
const STOP_WITHIN_MS = 2_000;

/** What lives as long as the adapter. */
interface Tools {
  readonly library: Library;
  readonly connector: Connector;
  readonly finder: TagFinder;
}

/** A link whose tags were read and are watched. */
interface Online {
  readonly link: OpcUaLink;
  readonly nodes: ReadonlyMap<string, TagNode>;
}

/** One server, one device. `start` begins, `stop` ends it; it cannot be started again. */
export class OpcUaAdapter implements Adapter {
  readonly #config: OpcUaConfig;
  readonly #context: AdapterContext;
  readonly #device: OpcUaDevice;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(...BACKOFF_MS);
  #library: Library | undefined;
  #online: Online | undefined;
  #newTags: NewTags | undefined;
  #tags: readonly TagConfig[];
  #loop: Promise<void> | undefined;
  /** What the operator was told of the link last; told once, not at each try. `undefined`: that all is well. */
  #complaint: string | undefined;

  constructor(config: OpcUaConfig, context: AdapterContext) {
    this.#config = config;
    this.#context = context;
    this.#tags = config.tags;
    this.#device = new OpcUaDevice(config.device, context.report, config.offlineGraceMs);
  }

  async start(): Promise<void> {
    this.#library = await loadLibrary();
    quietLibrary(this.#library, this.#context.log);
    if (!this.#stopping.signal.aborted) this.#loop ??= this.#run(this.#library);
  }

  async stop(): Promise<void> {
    this.#device.close();
    this.#stopping.abort();
    const tooLong = delay(STOP_WITHIN_MS, undefined, { ref: false });
    await Promise.race([this.#loop, tooLong]);
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const now = (): number => this.#context.now();
    return writeInOrder(commands, (command) => this.#writeOne(command), now);
  }

  rescan(): Promise<void> {
    this.#newTags?.ask();
    return Promise.resolve();
  }

  diagnostics(): AdapterDiagnostics {
    return NO_DIAGNOSTICS;
  }

  async #writeOne({ deviceId, metric, value }: WriteCommand): Promise<void> {
    const tag = writableTag({ ...this.#config, tags: this.#tags }, deviceId, metric);
    const place = `${deviceId}/${metric}`;
    const node = this.#online?.nodes.get(tag.name);
    if (this.#online === undefined || this.#library === undefined || node === undefined) {
      throw new AdapterError(
        "DEVICE_OFFLINE",
        `${place}: ${this.#config.endpoint} is not connected`,
      );
    }
    const { session } = this.#online.link;
    await writeNode({ session, library: this.#library, place }, node, value);
    if (tag.access === "w") return;
    try {
      this.#device.changed([await readBack(session, node, () => this.#context.now())]);
    } catch (cause) {
      const fields = { device: deviceId, metric, cause: firstLine(cause) };
      this.#context.log.warn(fields, "written, but not read back");
    }
  }

  async #run(library: Library): Promise<void> {
    const { signal } = this.#stopping;
    const tools = this.#newTools(library);
    while (!signal.aborted) {
      const startedAt = performance.now();
      const reason = await this.#serve(tools);
      if (signal.aborted) return;
      this.#device.lost(reason);
      this.#complain(reason);
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) this.#backoff.reset();
      // The only way this rejects is that we are stopping: then the loop ends by itself.
      const pauseMs = pauseAfter(reason) ?? this.#backoff.next();
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #newTools(library: Library): Tools {
    const { dataDir, log, sharedDir = dataDir } = this.#context;
    const config = this.#config;
    const connector = new Connector({
      config,
      library,
      log,
      certificateDir: certificateDir(sharedDir),
      trustDir: trustDir(dataDir),
      now: () => this.#context.now(),
    });
    return { library, connector, finder: new TagFinder({ config, library, log }) };
  }

  /** One link from its beginning to its end. Resolves with why it ended; never rejects. */
  async #serve(tools: Tools): Promise<Error> {
    let link: OpcUaLink | undefined;
    try {
      const { endpoint } = this.#config;
      link = await openLink({
        connector: tools.connector,
        endpoint,
        signal: this.#stopping.signal,
      });
      const ended = Promise.race([link.lost, this.#stopped()]);
      const broughtUp = this.#bringUp(link, tools).then(() => undefined);
      return (await Promise.race([broughtUp, ended])) ?? (await ended);
    } catch (cause) {
      return cause instanceof Error ? cause : new Error(String(cause));
    } finally {
      this.#online = undefined;
      await this.#newTags?.stop();
      this.#newTags = undefined;
      await link?.close();
    }
  }

  async #bringUp(link: OpcUaLink, { library, finder }: Tools): Promise<void> {
    const now = (): number => this.#context.now();
    const at = { session: link.session, server: link.server, signal: this.#stopping.signal };
    this.#newTags = await this.#watchForTags(link, at, { library, finder });
    const tags = await finder.locate(at);
    this.#tags = tags.map(({ tag }) => tag);
    const nodes = await readNodes(link, { config: this.#config, tags }, now);
    // Values that come before the birth wait for it; the server's queues bound how many there can be.
    let early: MetricReading[] | undefined = [];
    const refused = await subscribe(
      { session: link.session, library, config: this.#config },
      nodes,
      {
        now,
        changed: (readings) => {
          if (early === undefined) this.#device.changed(readings);
          else early.push(...readings);
        },
        ended: (reason) => link.giveUp(reason),
      },
    );
    if (!link.alive) return; // lost in the meantime: these values belong to nobody
    this.#tellOf(nodes, link.protection);
    this.#online = { link, nodes: new Map(nodes.map((node) => [node.tag.name, node])) };
    this.#device.read(birthOf(nodes, refused));
    this.#device.changed(early);
    early = undefined;
  }

  #watchForTags(
    link: OpcUaLink,
    at: SearchSession,
    { library, finder }: Pick<Tools, "library" | "finder">,
  ): Promise<NewTags> {
    const { endpoint } = this.#config;
    return NewTags.open({
      at,
      openAnother: link.openAnother,
      finder,
      library,
      config: this.#config,
      log: this.#context.log,
      changed: () => link.giveUp(new OpcUaError("LINK_LOST", `${endpoint}: there are other tags`)),
    });
  }

  /** Says what an operator should know of a fresh link. */
  #tellOf(nodes: readonly TagNode[], protection: string): void {
    const { log } = this.#context;
    const { device, endpoint } = this.#config;
    this.#complaint = undefined;
    log.info(
      { device, endpoint, protection, tags: nodes.length },
      "connected to the OPC UA server",
    );
    for (const { tag, first } of nodes) {
      if (first.quality !== "bad") continue;
      log.warn({ device, metric: tag.name, reason: first.reason }, "the tag has no value");
    }
  }

  #complain(reason: Error): void {
    const { log } = this.#context;
    const state = reason instanceof OpcUaError ? reason.state : "failed";
    const fields = { device: this.#config.device, state, cause: reason.message };
    if (this.#complaint === state) log.debug(fields, "still no link to the OPC UA server");
    else log.warn(fields, "no link to the OPC UA server; trying again");
    this.#complaint = state;
  }

  /** Resolves when `stop` is called. */
  #stopped(): Promise<Error> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const stop = (): void => resolve(new Error("the adapter was stopped"));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
}

/** The first values, with the tags that the server reads but refuses to watch marked bad. */
function birthOf(
  nodes: readonly TagNode[],
  refused: readonly MetricReading[],
): readonly BornMetric[] {
  const refusals = new Map(refused.map((reading) => [reading.name, reading]));
  return nodes.map(({ tag, first }) => ({ ...first, ...refusals.get(tag.name) }));
}
