/**
 * Identity at the MQTT server: who a client is when it connects, and what it may publish, subscribe to and receive. Its
 * methods are the questions of the broker; answers are kept there, so no message costs a lookup.
 */
import type {
  ConnectingClient,
  ConnectVerdict,
  PublishedMessage,
  Verdict,
  Watcher,
} from "../broker/index.ts";
import type { Audit } from "./audit.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import type { PublishAttempt, Rights } from "./grants.ts";
import { rightsOf, type Principal } from "./principal.ts";

/** What somebody may who shows nothing. */
export type Anonymous = "none" | "read" | "full";

export interface MqttGateOptions {
  readonly authenticator: Authenticator;
  readonly anonymous: Anonymous;
  readonly audit: Pick<Audit, "write" | "refused">;
  /** The names of the metrics that a command's payload writes; `undefined`: it cannot be read. */
  metricsOf(message: PublishedMessage): readonly string[] | undefined;
}

/** MQTT 5's reasons. */
const BAD_CREDENTIALS = 0x86;
const NOT_AUTHORIZED = 0x87;
const ID_NOT_VALID = 0x85;
const RATE_EXCEEDED = 0x9f;
const IN_PROCESS = "in-process";
const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;
const ALLOWED: Verdict = { allow: true };

const EVERYTHING: Rights = {
  publishFault: () => undefined,
  maySubscribe: () => true,
  mayReceive: () => true,
  mayCommand: () => true,
};

const READING: Rights = {
  ...EVERYTHING,
  publishFault: () => "identity.anonymous is read: nobody may write",
  mayCommand: () => false,
};

/** Who a client turned out to be. */
interface Known {
  readonly principal: Principal | "anonymous" | "hub";
  readonly rights: Rights;
}

export class MqttGate {
  readonly #options: MqttGateOptions;
  /** By client identifier; clients that are away keep theirs until they come again. */
  readonly #known = new Map<string, Known>();

  constructor(options: MqttGateOptions) {
    this.#options = options;
  }

  /** Who it is; the Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict> {
    const { address, username, password } = client;
    if (address === IN_PROCESS) return this.#admit(client, HUB);
    const isNobody = username === undefined && password === undefined;
    return isNobody ? this.#admit(client, this.#nobody(client)) : this.#login(client);
  }

  async #login(client: ConnectingClient): Promise<ConnectVerdict> {
    return this.#admit(client, await this.#identify(client));
  }

  #admit(
    client: ConnectingClient,
    found: Known | Extract<Verdict, { allow: false }>,
  ): ConnectVerdict {
    if ("allow" in found) return found;
    const idFault = clientIdFault(client.clientId, found);
    if (idFault !== undefined) return this.#refuse(client, ID_NOT_VALID, idFault);
    const { will } = client;
    const willFault = will && found.rights.publishFault({ ...will, isWill: true });
    if (willFault !== undefined) {
      return this.#refuse(client, NOT_AUTHORIZED, `its Will on ${will?.topic}: ${willFault}`);
    }
    this.#known.set(client.clientId, found);
    return { allow: true, owner: ownerOf(found.principal) };
  }

  /** Whether it may ever publish there; what depends on the message is the watcher's. */
  mayPublish({ clientId }: ConnectingClient, topic: string): Verdict {
    const rights = this.#rights(clientId);
    const usual: readonly Omit<PublishAttempt, "topic">[] = [
      { qos: 0, retain: false, isWill: false },
      { qos: 1, retain: true, isWill: false },
    ];
    const faults = usual.map((attempt) => rights.publishFault({ topic, ...attempt }));
    const [fault] = faults;
    if (fault === undefined || faults.includes(undefined)) return ALLOWED;
    return refused(NOT_AUTHORIZED, `${topic}: ${fault}`);
  }

  maySubscribe({ clientId }: ConnectingClient, filter: string): Verdict {
    if (this.#rights(clientId).maySubscribe(filter)) return ALLOWED;
    const because = `${filter}: no grant covers everything that this filter matches`;
    return refused(NOT_AUTHORIZED, because);
  }

  /** Of a client that has not come since the hub started nothing is known; its queue is judged when it comes. */
  mayReceive(clientId: string, topic: string): boolean {
    return this.#known.get(clientId)?.rights.mayReceive(topic) ?? true;
  }

  /** Judges each message where flags or metrics decide; `undefined` where they cannot. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    if (client === undefined || !topic.startsWith("spBv1.0/")) return undefined;
    const known = this.#known.get(client.clientId);
    if (known === undefined || known.rights === EVERYTHING) return undefined;
    const { rights } = known;
    const isCommand = COMMAND.test(topic);
    return (message) => {
      if (message.isWill === true) return undefined; // judged at CONNECT
      const { qos, retain } = message;
      const fault =
        rights.publishFault({ topic, qos, retain, isWill: false }) ??
        (isCommand ? this.#commandFault(rights, message) : undefined);
      return fault === undefined ? undefined : refused(NOT_AUTHORIZED, `${topic}: ${fault}`);
    };
  }

  /** Why this client may not write a metric by other ways than a command's topic, which would be `topic`. */
  commandFault(clientId: string, topic: string, metric: string): string | undefined {
    const isAllowed = this.#rights(clientId).mayCommand(topic, metric);
    return isAllowed ? undefined : `no grant allows to command "${metric}"`;
  }

  /** Who a connected client is; `undefined`: nobody of that name. */
  principalOf(clientId: string): Principal | undefined {
    const principal = this.#known.get(clientId)?.principal;
    return typeof principal === "object" ? principal : undefined;
  }

  /**
   * Users, tokens or grants have changed: clients get their new rights, and those who may no longer come in are named, to
   * be disconnected. `now`: who a principal is now; `undefined`: nobody.
   */
  changed(now: (principal: Principal) => Principal | undefined): readonly string[] {
    const gone: string[] = [];
    for (const [clientId, { principal }] of this.#known) {
      if (typeof principal !== "object") continue;
      const current = now(principal);
      if (current === undefined) {
        this.#known.delete(clientId);
        gone.push(clientId);
      } else this.#known.set(clientId, knownAs(current, clientId));
    }
    return gone;
  }

  async #identify(client: ConnectingClient): Promise<Known | Extract<Verdict, { allow: false }>> {
    const { address, username, password } = client;
    const secret = password === undefined ? "" : new TextDecoder().decode(password);
    const credentials = { kind: "password", name: username ?? "", password: secret } as const;
    const result = await this.#options.authenticator.authenticate(credentials, hostOf(address));
    if (result.kind === "principal") return knownAs(result.principal, client.clientId);
    return this.#refuse(client, codeOf(result), result.because);
  }

  #nobody(client: ConnectingClient): Known | Extract<Verdict, { allow: false }> {
    switch (this.#options.anonymous) {
      case "full":
        return { principal: "anonymous", rights: EVERYTHING };
      case "read":
        return { principal: "anonymous", rights: READING };
      case "none":
        return this.#refuse(client, NOT_AUTHORIZED, "a user name and a password are needed");
    }
  }

  #refuse(
    { clientId, username, address }: ConnectingClient,
    reasonCode: number,
    because: string,
  ): Extract<Verdict, { allow: false }> {
    this.#options.audit.refused({
      actor: username === undefined ? "anonymous" : `user:${username}`,
      via: "mqtt",
      address,
      action: "connect",
      object: clientId,
      result: "refused",
      reason: because,
    });
    return refused(reasonCode, because);
  }

  #commandFault(rights: Rights, message: PublishedMessage): string | undefined {
    const metrics = this.#options.metricsOf(message);
    if (metrics === undefined) return undefined; // the guard says what is wrong with it, and nobody can carry it out
    const forbidden = metrics.find((metric) => !rights.mayCommand(message.topic, metric));
    return forbidden === undefined ? undefined : `no grant allows to command "${forbidden}"`;
  }

  #rights(clientId: string): Rights {
    return this.#known.get(clientId)?.rights ?? NOTHING;
  }
}

const HUB: Known = { principal: "hub", rights: EVERYTHING };

/** Of a client that nobody let in. */
const NOTHING: Rights = {
  publishFault: () => "nobody knows who this is",
  maySubscribe: () => false,
  mayReceive: () => false,
  mayCommand: () => false,
};

function knownAs(principal: Principal, clientId: string): Known {
  return { principal, rights: rightsOf(principal, clientId) };
}

/** Sessions belong to a principal: nobody else takes them over by their client identifier. */
function ownerOf(principal: Known["principal"]): string {
  return typeof principal === "object" ? principal.id : principal === "hub" ? "hub" : "";
}

/**
 * A client of a user is called as the user, or begins so with a dash: no user can keep another's clients away by taking
 * their identifiers. Edge nodes and hosts choose freely.
 */
function clientIdFault(clientId: string, { principal }: Known): string | undefined {
  if (typeof principal !== "object" || clientId === "") return undefined;
  const { name, grants } = principal;
  const isFree = grants.some(({ kind }) => kind === "node" || kind === "host");
  if (isFree || clientId === name || clientId.startsWith(`${name}-`)) return undefined;
  return `the client identifier of ${name} must be "${name}" or begin with "${name}-"`;
}

function codeOf(result: Extract<Authenticated, { kind: "refused" }>): number {
  return result.waitMs === undefined ? BAD_CREDENTIALS : RATE_EXCEEDED;
}

function refused(reasonCode: number, because: string): Extract<Verdict, { allow: false }> {
  return { allow: false, reasonCode, because };
}

/** `10.0.0.7:51234` and `[::1]:51234` without the port. */
function hostOf(address: string): string {
  const end = address.lastIndexOf(":");
  return end < 0 ? address : address.slice(0, end).replaceAll(/^\[|\]$/g, "");
}
