/** Plays a script against a server and a model of MQTT at the same time; after each step both must agree. */
import { ModelClient, newMemory } from "./mqtt-model-client.ts";
import { MqttModel, type ModelOptions } from "./mqtt-model.ts";
import type { BurstStep, ConnectStep, Step, Stream, SubscribeStep } from "./mqtt-model-script.ts";

/** A server that is asked to play. */
export interface ModelServer extends AsyncDisposable {
  readonly port: number;
  /** Resolves when the server has noticed that only so many clients are left, if it can be asked. */
  left(connected: number): Promise<void>;
  /** Stops it and starts it again on the same storage. */
  restart(): Promise<void>;
}

export interface Fault {
  /** The step after which the server and the model disagreed. */
  readonly step: number;
  readonly because: string;
}

export class Player {
  readonly #server: ModelServer;
  readonly #model: MqttModel;
  readonly #options: ModelOptions;
  readonly #hangsAfterMs: number;
  readonly #clients = new Map<number, ModelClient>();
  readonly #memories = new Map<number, ReturnType<typeof newMemory>>();
  #changed: () => void = () => undefined;

  constructor(server: ModelServer, options: ModelOptions, hangsAfterMs: number) {
    this.#server = server;
    this.#options = options;
    this.#model = new MqttModel(options);
    this.#hangsAfterMs = hangsAfterMs;
  }

  /** Answers the first disagreement. */
  async play(script: readonly Step[]): Promise<Fault | undefined> {
    try {
      for (const [step, what] of script.entries()) {
        const because = await this.#step(what);
        if (because !== undefined) return { step, because };
      }
      return undefined;
    } finally {
      for (const client of this.#clients.values()) client.vanish();
    }
  }

  async #step(step: Step): Promise<string | undefined> {
    const hang = Promise.withResolvers<"hangs">();
    const timer = setTimeout(() => hang.resolve("hangs"), this.#hangsAfterMs);
    const outcome = await Promise.race([this.#doAndSettle(step), hang.promise]);
    clearTimeout(timer);
    const { faults, missing } = this.#model;
    if (faults.length > 0) return faults.slice(0, 5).join("\n");
    return outcome === "hangs" ? `it hangs; ${missing}\n${this.#lost()}` : undefined;
  }

  #lost(): string {
    const lost = [...this.#clients].filter(
      ([id, { isClosed }]) => isClosed && this.#model.isConnected(id),
    );
    return lost.map(([id]) => `c${id} has lost its connection`).join("\n");
  }

  async #doAndSettle(step: Step): Promise<void> {
    await this.#do(step);
    await this.#server.left([...this.#open()].length);
    await this.#satisfied();
    await Promise.all([...this.#open()].map((client) => client.ping()));
    if (this.#model.faults.length === 0) this.#model.settled();
  }

  *#open(): Generator<ModelClient> {
    for (const [id, client] of this.#clients) if (this.#model.isConnected(id)) yield client;
  }

  async #satisfied(): Promise<void> {
    while (!this.#model.isSatisfied && this.#model.faults.length === 0) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case "connect":
        return this.#connect(step);
      case "subscribe":
        return this.#subscribe(step);
      case "unsubscribe":
        if (!this.#model.isConnected(step.client)) return;
        this.#model.unsubscribe(step.client, step.filters);
        return this.#clients.get(step.client)?.unsubscribe(step.filters);
      case "burst":
        return this.#burst(step);
      case "end":
        return this.#end(step);
      case "acknowledge":
        return this.#acknowledge(step.client);
      case "restart":
        this.#model.restart();
        await this.#server.restart();
        await Promise.all([...this.#clients.values()].map(({ closed }) => closed));
    }
  }

  async #connect(step: ConnectStep): Promise<void> {
    const { client } = step;
    if (this.#model.isConnected(client) && !this.#options.takesOver) return;
    const memory = this.#memories.get(client) ?? newMemory(client);
    this.#memories.set(client, memory);
    const before = this.#model.isConnected(client) ? this.#clients.get(client) : undefined;
    if (before !== undefined) before.holds = "all"; // an acknowledgement may not be read any more
    const isResumed = this.#model.connect(step);
    const made = new ModelClient(this.#server.port, step, {
      memory,
      model: this.#model,
      changed: () => this.#changed(),
    });
    this.#clients.set(client, made);
    await made.connect(isResumed);
    await before?.closed;
  }

  async #subscribe(step: SubscribeStep): Promise<void> {
    const { client } = step;
    if (!this.#model.isConnected(client)) return;
    // When retained messages come to a client that holds acknowledgements back cannot be foretold.
    const holds = this.#model.session(client)?.holds !== "nothing";
    if ((holds && this.#model.bringsRetained(step)) || this.#model.isUnwanted(step)) return;
    this.#model.subscribe(step);
    await this.#clients.get(client)?.subscribe(step);
  }

  async #end({ client, how }: Extract<Step, { kind: "end" }>): Promise<void> {
    const connection = this.#clients.get(client);
    const session = this.#model.session(client);
    if (connection === undefined || session?.isConnected !== true) return;
    const isVanishing = how === "disconnect with will" && session.version < 5;
    this.#model.end(client, isVanishing ? "vanish" : how);
    if (how !== "vanish") return connection.disconnect(how === "disconnect with will");
    connection.vanish();
    return connection.closed;
  }

  async #acknowledge(client: number): Promise<void> {
    const session = this.#model.session(client);
    if (session?.isConnected !== true) return;
    session.holds = "nothing";
    this.#clients.get(client)?.acknowledge();
    await Promise.resolve();
  }

  async #burst({ streams, vanishing }: BurstStep): Promise<void> {
    const open = streams.filter(({ client }) => this.#model.isConnected(client));
    const publishers = new Set(open.map(({ client }) => client));
    const going = [...new Set(vanishing)].filter(
      (client) => !publishers.has(client) && this.#mayVanish(client),
    );
    for (const client of going) this.#startVanishing(client);
    const played = open.map((stream) => this.#stream(stream));
    for (const client of going) {
      await new Promise(setImmediate); // somewhere in the middle
      this.#vanishNow(client);
    }
    await Promise.all(played);
  }

  #mayVanish(client: number): boolean {
    const session = this.#model.session(client);
    if (session?.isConnected !== true || session.holds === "half") return false;
    return [...session.subscriptions.values()].every(({ group }) => group === undefined);
  }

  #startVanishing(client: number): void {
    const session = this.#model.session(client);
    if (session !== undefined) session.isVanishing = true;
  }

  #vanishNow(client: number): void {
    this.#clients.get(client)?.vanish();
    this.#model.end(client, "vanish");
  }

  #stream(stream: Stream): Promise<void> {
    const { client, messages, end } = stream;
    const connection = this.#clients.get(client);
    const session = this.#model.session(client);
    for (const message of messages) this.#model.publish(client, message);
    const endsNow = end !== "nothing" && session?.subscriptions.size === 0;
    if (connection === undefined) return Promise.resolve();
    if (!endsNow) return connection.publish(messages);
    this.#model.end(client, end === "close" ? "vanish" : "disconnect");
    return connection.lastWords(stream);
  }
}
