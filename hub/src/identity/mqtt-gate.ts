/**
 * Identity at the MQTT server: who a client is when it connects, and what it may publish, subscribe to and receive. Its
 * methods are the questions of the broker; answers are kept there, so no message costs a lookup.
 */
import type {
  ConnectingClient,
  ConnectVerdict,
  DueWill,
  PublishedMessage,
  Verdict,
  Watcher,
} from "../broker/index.ts";
import type { Audit } from "./audit.ts";
import { EVERYTHING, NOTHING, type Rights } from "./grants.ts";
import { isUnlimited, KnownClients, RIGHTS_OF_NOBODY, type Known } from "./known-clients.ts";
import { MqttAdmission, type MqttAdmissionOptions } from "./mqtt-admission.ts";
import { actorOf, commandEntry, type CommandedMetric } from "./mqtt-notes.ts";
import { rightsOf, type Principal } from "./principal.ts";
import {
  filterForbidden,
  asForbidden,
  messageForbidden,
  SPARKPLUG,
  topicForbidden,
} from "./topic-rights.ts";

export interface MqttGateOptions extends MqttAdmissionOptions {
  readonly audit: Pick<Audit, "later" | "refused" | "isBroken">;
  /** What a command's payload writes; `undefined`: it cannot be read. */
  commanded(message: PublishedMessage): readonly CommandedMetric[] | undefined;
  /** Who a principal is now; `undefined`: nobody any more. */
  current(principal: Principal): Principal | undefined;
  /** Who has this id now, without having come since the hub started; `unknown`: that cannot be told by the id. */
  byId(id: string): Principal | undefined | "unknown";
  /** A client has come back with other rights: what the broker knows of its topics no longer holds. */
  rightsDiffer(): void;
}

/** MQTT 5's reason. */
const UNAVAILABLE = 0x83;
const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;
/** That an edge node or a host is gone. */
const DEATH = /^spBv1\.0\/(?:[^/]+\/NDEATH\/[^/]+|STATE\/[^/]+)$/;
const ALLOWED: Verdict = { allow: true };

type Refusal = Extract<Verdict, { allow: false }>;

export class MqttGate {
  readonly #options: MqttGateOptions;
  readonly #clients: KnownClients;
  readonly #admission: MqttAdmission;

  constructor(options: MqttGateOptions) {
    this.#options = options;
    this.#clients = new KnownClients((principal) => options.current(principal));
    this.#admission = new MqttAdmission(options, this.#clients);
  }

  /** Who it is; the Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict> {
    return this.#admission.mayConnect(client);
  }

  /** It has its session: what waits for it is judged by its rights. */
  connected(client: ConnectingClient): void {
    const known = this.#clients.of(client);
    if (known === undefined) return;
    if (this.#clients.arrived(client, known)) this.#options.rightsDiffer();
    this.#noteLogin(client, known, "connect");
  }

  /** It has gone; its session stays, unless it said that it does not. */
  disconnected(client: ConnectingClient): void {
    const known = this.#clients.of(client);
    if (known === undefined) return;
    this.#noteLogin(client, known, "disconnect");
    this.#clients.left(client);
  }

  /** Forgets those that have no session any longer. */
  keepOnly(clientIds: ReadonlySet<string>): void {
    this.#clients.keepOnly(clientIds);
  }

  /** Whether it may ever publish there; what depends on the message is the watcher's. */
  mayPublish(client: ConnectingClient, topic: string): Verdict {
    const reason = topicForbidden(this.#rights(client), topic);
    if (reason === undefined) return ALLOWED;
    return this.#forbid(client, { action: "publish", object: topic, reason });
  }

  maySubscribe(client: ConnectingClient, filter: string): Verdict {
    const reason = filterForbidden(this.#rights(client), filter);
    if (reason === undefined) return ALLOWED;
    return this.#forbid(client, { action: "subscribe", object: filter, reason });
  }

  /** Of a client that has not come since the hub started nothing is known; its queue is judged when it comes. */
  mayReceive(clientId: string, topic: string): boolean {
    return this.#clients.withId(clientId)?.rights.mayReceive(topic) ?? true;
  }

  /**
   * Whether a Will may still be published. A death is, whoever may say it by now: it is true, it was allowed when it was
   * left with the hub, and without it others would go on showing an edge node or host that is gone.
   */
  mayPublishWill({ client, owner, clientId, ...message }: DueWill): boolean {
    if (DEATH.test(message.topic)) return true;
    const known = client && this.#clients.of(client);
    const rights = known?.rights ?? this.#rightsBy(owner, clientId);
    const reason = rights.publishFault({ ...message, isWill: true });
    if (reason === undefined) return true;
    this.#options.audit.refused({
      actor: owner === "" ? "anonymous" : owner,
      via: "mqtt",
      address: client?.address,
      action: "publish Will",
      object: message.topic,
      result: "refused",
      reason,
    });
    return false;
  }

  /** Of a client that has not come since the hub started. */
  #rightsBy(owner: string, clientId: string): Rights {
    if (owner === "") return RIGHTS_OF_NOBODY[this.#options.anonymous];
    const principal = this.#options.byId(owner);
    if (principal === "unknown") return EVERYTHING; // it was judged at CONNECT
    return principal === undefined ? NOTHING : rightsOf(principal, clientId);
  }

  /** Judges each message where flags or metrics decide, and notes commands; `undefined` where there is nothing to do. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    const known = client && this.#clients.of(client);
    if (client === undefined || known === undefined || !topic.startsWith(SPARKPLUG))
      return undefined;
    const isCommand = COMMAND.test(topic);
    if (known.principal === "hub" || (isUnlimited(known) && !isCommand)) return undefined;
    return (message) => {
      if (message.isWill === true) return undefined; // judged at CONNECT
      const reason = messageForbidden(known.rights, message);
      if (reason !== undefined)
        return this.#forbid(client, { action: "publish", object: topic, reason });
      return isCommand ? this.#command(client, known, message) : undefined;
    };
  }

  /**
   * Notes a command that nobody else refused either. `followed`: metrics of it whose story is told from asking to outcome; the
   * others are known by its topic alone.
   */
  commandPassed(
    client: ConnectingClient,
    message: PublishedMessage,
    followed: ReadonlySet<string>,
  ): void {
    const known = this.#clients.of(client);
    if (known === undefined || known.principal === "hub") return;
    const { topic } = message;
    const metrics = this.#options.commanded(message);
    const rest = metrics?.filter(({ name }) => !followed.has(name));
    if (rest?.length === 0 && followed.size > 0) return;
    this.#options.audit.later(commandEntry(client, known.principal, { topic, metrics: rest }));
  }

  /** Notes a command that the rules of Sparkplug refused. */
  commandRefused(client: ConnectingClient, topic: string, reason: string): void {
    this.#forbid(client, { action: "command", object: topic, reason });
  }

  /** Why this client may not write a metric by other ways than a command's topic, which would be `topic`. */
  commandFault(clientId: string, topic: string, metric: string): string | undefined {
    const rights = this.#clients.withId(clientId)?.rights;
    return rights?.mayCommand(topic, metric) === true
      ? undefined
      : `no grant allows to command "${metric}"`;
  }

  /** Why the hub publishes no answer for a client on a topic: it must be one on which the client itself may, and may hear. */
  replyFault({ clientId }: Pick<ConnectingClient, "clientId">, topic: string): string | undefined {
    if (topic.startsWith("spBv1.0/") || topic.startsWith("$")) return "answers go to plain topics";
    const rights = this.#clients.withId(clientId)?.rights ?? NOTHING;
    const fault = rights.publishFault({ topic, qos: 1, retain: false, isWill: false });
    if (fault !== undefined) return fault;
    return rights.maySubscribe(topic) ? undefined : "no grant allows to subscribe there";
  }

  /** What a client may that is in, or has a session; `undefined`: nobody of that name. */
  rightsOf(clientId: string): Rights | undefined {
    return this.#clients.withId(clientId)?.rights;
  }

  /** Who a client is, as on the audit trail. */
  actorOf(clientId: string): string {
    return actorOf(this.#clients.withId(clientId)?.principal ?? "anonymous");
  }

  /** Who a connected client is; `undefined`: nobody of that name. */
  principalOf(clientId: string): Principal | undefined {
    const principal = this.#clients.withId(clientId)?.principal;
    return typeof principal === "object" ? principal : undefined;
  }

  /**
   * Users, tokens or grants have changed: clients get their new rights, and those who may no longer come in are named, to
   * be disconnected.
   */
  changed(): readonly string[] {
    return this.#clients.renew();
  }

  /** Those whose time is over. `now`: milliseconds since 1970 UTC. */
  expired(now: number): readonly string[] {
    return this.#clients.expired(now);
  }

  /** One line a minute for each reason, with the first topic. */
  #forbid(
    client: ConnectingClient,
    what: { readonly action: string; readonly object: string; readonly reason: string },
  ): Refusal {
    const actor = actorOf(this.#clients.of(client)?.principal);
    const { address } = client;
    this.#options.audit.refused({ actor, via: "mqtt", address, ...what, result: "refused" });
    return asForbidden(what.object, what.reason);
  }

  /** Whether every metric may be commanded; nothing goes that could not be noted. */
  #command(
    client: ConnectingClient,
    { rights }: Known,
    message: PublishedMessage,
  ): Refusal | undefined {
    const { audit } = this.#options;
    const { topic } = message;
    if (audit.isBroken)
      return refused(UNAVAILABLE, "the audit trail cannot be written: no commands until it can");
    const metrics = this.#options.commanded(message);
    const reason = commandFault(rights, topic, metrics);
    if (reason !== undefined) {
      return this.#forbid(client, { action: "command", object: topic, reason });
    }
    return undefined;
  }

  #noteLogin({ clientId, address }: ConnectingClient, { principal }: Known, action: string): void {
    if (typeof principal !== "object") return; // nobody is not worth a line, and the hub is everywhere
    const actor = actorOf(principal);
    this.#options.audit.later({
      actor,
      via: "mqtt",
      address,
      action,
      object: clientId,
      result: "done",
    });
  }

  #rights(client: ConnectingClient): Rights {
    return this.#clients.of(client)?.rights ?? NOTHING;
  }
}

/** A payload that the hub cannot read may be one that the edge node can: it names any metric. */
function commandFault(
  rights: Rights,
  topic: string,
  metrics: readonly CommandedMetric[] | undefined,
): string | undefined {
  if (metrics === undefined) {
    const because = "its payload cannot be read, and not every metric may be commanded";
    return rights.mayCommand(topic, undefined) ? undefined : because;
  }
  const forbidden = metrics.find(({ name }) => !rights.mayCommand(topic, name));
  return forbidden && `no grant allows to command "${forbidden.name}"`;
}

function refused(reasonCode: number, because: string): Refusal {
  return { allow: false, reasonCode, because };
}
