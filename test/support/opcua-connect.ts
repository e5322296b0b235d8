/** A connector with folders of its own, for tests of what happens before a session is open. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import { parseConfig } from "../../adapters/opcua/src/config/parse.ts";
import { closeClient, closeSession } from "../../adapters/opcua/src/connect/close-client.ts";
import { Connector, type OpenSession } from "../../adapters/opcua/src/connect/connector.ts";
import { OpcUaError } from "../../adapters/opcua/src/errors.ts";
import { loadLibrary } from "../../adapters/opcua/src/library.ts";
import { quietLibrary } from "../../adapters/opcua/src/quiet.ts";
import { TrustStore } from "@unshub/opcua-trust";

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
}

/** Connects as the configuration says, as often as the test likes. */
export class TestConnector implements AsyncDisposable {
  readonly folder: string;
  readonly log: LogLine[] = [];
  readonly #opened: OpenSession[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<TestConnector> {
    return new TestConnector(await mkdtemp(join(tmpdir(), "unshub-connect-")));
  }

  get store(): TrustStore {
    return new TrustStore(join(this.folder, "trust"));
  }

  get certificateDir(): string {
    return join(this.folder, "certificate");
  }

  /** Opens a session; `keys` are those of the configuration. `now`: what the clock says, in ms. */
  async open(
    keys: { readonly endpoint: string } & Record<string, unknown>,
    now = Date.now(),
  ): Promise<OpenSession> {
    const config = parseConfig({
      device: "cell",
      groups: { fast: { interval: "100ms" } },
      tags: [{ name: "Time", node: "i=2258" }],
      ...keys,
    });
    const library = await loadLibrary();
    quietLibrary(library, this.#logger());
    const connector = new Connector({
      config,
      library,
      log: this.#logger(),
      certificateDir: this.certificateDir,
      trustDir: join(this.folder, "trust"),
      now: () => now,
    });
    const opened = await connector.open(config.endpoint, new AbortController().signal);
    this.#opened.push(opened);
    return opened;
  }

  /** Why it does not open. */
  async failure(
    keys: { readonly endpoint: string } & Record<string, unknown>,
    now = Date.now(),
  ): Promise<OpcUaError> {
    try {
      await this.open(keys, now);
    } catch (cause) {
      if (cause instanceof OpcUaError) return cause;
      throw cause;
    }
    throw new Error("the session was opened");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, session } of this.#opened) {
      await closeSession(session);
      await closeClient(client);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  #logger(): Logger {
    const say = (level: keyof Logger) => (fields: object, message: string) => {
      this.log.push({ level, fields, message });
    };
    return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  }
}
