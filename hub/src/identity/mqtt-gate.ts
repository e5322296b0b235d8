/**
 * Identity at the MQTT server: who a client is when it connects, and what it may publish, subscribe to and receive. Its
 * methods are the questions of the broker; answers are kept there, so no message costs a lookup.
 */
import { isDeepStrictEqual } from "node:util";
import type {
  ConnectingClient,
  ConnectVerdict,
  DueWill,
  PublishedMessage,
  Verdict,
  Watcher,
} from "../broker/index.ts";
import type { Audit } from "./audit.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { EVERYTHING, NOTHING, READING, type PublishAttempt, type Rights } from "./grants.ts";
import {
  actorOf,
  commandEntry,
  ownerOf,
  unproved,
  type CommandedMetric,
  type Somebody,
} from "./mqtt-notes.ts";
import { rightsOf, type Principal } from "./principal.ts";

/** What somebody may who shows nothing. */
export type Anonymous = "none" | "read" | "full";

export interface MqttGateOptions {
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly anonymous: Anonymous;
  readonly audit: Pick<Audit, "later" | "refused" | "isBroken">;
  /** What a command's payload writes; `undefined`: it cannot be read. */
  commanded(message: PublishedMessage): readonly CommandedMetric[] | undefined;
  /** Who a principal is now; `undefined`: nobody any more. */
  current(principal: Principal): Principal | undefined;
  /** Who has this id now, without having come since the hub started; `unknown`: that cannot be told by the id. */
  byId(id: string): Principal | undefined | "unknown";
  /** Whether nobody may come in by an identifier for now, and why. */
  banFault(clientId: string): string | undefined;
  /** Whether somebody is called so: his client identifiers are nobody else's. */
  isName(name: string): boolean;
  /** A client has come back with other rights: what the broker knows of its topics no longer holds. */
  rightsDiffer(): void;
}

/** MQTT 5's reasons. */
const BAD_CREDENTIALS = 0x86;
const BANNED = 0x8a;
const NOT_AUTHORIZED = 0x87;
const UNAVAILABLE = 0x83;
const ID_NOT_VALID = 0x85;
const RATE_EXCEEDED = 0x9f;
const IN_PROCESS = "in-process";
const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;
/** That an edge node or a host is gone. */
const DEATH = /^spBv1\.0\/(?:[^/]+\/NDEATH\/[^/]+|STATE\/[^/]+)$/;
const RIGHTS_OF_NOBODY = { none: NOTHING, read: READING, full: EVERYTHING } as const;
const ALLOWED: Verdict = { allow: true };

/** Who a client turned out to be. Changes with its rights, for all who hold it. */
interface Known {
  readonly clientId: string;
  principal: Somebody;
  rights: Rights;
}

type Refusal = Extract<Verdict, { allow: false }>;

export class MqttGate {
  readonly #options: MqttGateOptions;
  /** By connection: whoever only tries to come in under the identifier of another changes nothing for that one. */
  readonly #known = new WeakMap<ConnectingClient, Known>();
  /** Those that are in, by client identifier, and those that are away with a session, for what waits for them. */
  readonly #byId = new Map<string, { readonly client: ConnectingClient; readonly known: Known }>();
  /** Those that are about to come in. */
  readonly #arriving = new Set<Known>();

  constructor(options: MqttGateOptions) {
    this.#options = options;
  }

  /** Who it is; the Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict> {
    const { address, username, password, proof } = client;
    if (address === IN_PROCESS) return this.#admit(client, HUB);
    const isSilent = username === undefined && password === undefined && proof === undefined;
    return isSilent ? this.#admit(client, this.#nobody(client)) : this.#login(client);
  }

  async #login(client: ConnectingClient): Promise<ConnectVerdict> {
    return this.#admit(client, await this.#identify(client));
  }

  #admit(client: ConnectingClient, found: Known | Refusal): ConnectVerdict {
    if ("allow" in found) return found;
    const banFault = found === HUB ? undefined : this.#options.banFault(client.clientId);
    if (banFault !== undefined) return this.#refuse(client, BANNED, banFault);
    const idFault = clientIdFault(client, found, (name) => this.#options.isName(name));
    if (idFault !== undefined) return this.#refuse(client, ID_NOT_VALID, idFault);
    const { will } = client;
    const willFault = will && found.rights.publishFault({ ...will, isWill: true });
    if (willFault !== undefined) {
      return this.#refuse(client, NOT_AUTHORIZED, `its Will on ${will?.topic}: ${willFault}`);
    }
    this.#known.set(client, found);
    this.#arriving.add(found);
    return { allow: true, owner: ownerOf(found.principal) };
  }

  /** It has its session: what waits for it is judged by its rights. */
  connected(client: ConnectingClient): void {
    const known = this.#known.get(client);
    if (known === undefined) return;
    this.#arriving.delete(known);
    const { clientId, clean } = client;
    const before = this.#byId.get(clientId)?.known;
    this.#byId.set(clientId, { client, known });
    const isNew = before === undefined ? clean || isUnlimited(known) : sameRights(before, known);
    if (!isNew) this.#options.rightsDiffer();
    this.#noteLogin(client, known, "connect");
  }

  /** It has gone; its session stays, unless it said that it does not. */
  disconnected(client: ConnectingClient): void {
    const known = this.#known.get(client);
    if (known === undefined) return;
    this.#noteLogin(client, known, "disconnect");
    const isLast = this.#byId.get(client.clientId)?.client === client;
    if (isLast && client.sessionExpirySeconds === 0) this.#byId.delete(client.clientId);
  }

  /** Forgets those that have no session any longer. */
  keepOnly(clientIds: ReadonlySet<string>): void {
    this.#arriving.clear(); // of those that were refused after all
    for (const clientId of this.#byId.keys()) {
      if (!clientIds.has(clientId)) this.#byId.delete(clientId);
    }
  }

  /** Whether it may ever publish there; what depends on the message is the watcher's. */
  mayPublish(client: ConnectingClient, topic: string): Verdict {
    const rights = this.#rights(client);
    const usual: readonly Omit<PublishAttempt, "topic">[] = [
      { qos: 0, retain: false, isWill: false },
      { qos: 1, retain: true, isWill: false },
    ];
    const faults = usual.map((attempt) => rights.publishFault({ topic, ...attempt }));
    const [fault] = faults;
    if (fault === undefined || faults.includes(undefined)) return ALLOWED;
    return this.#forbid(client, { action: "publish", object: topic, reason: fault });
  }

  maySubscribe(client: ConnectingClient, filter: string): Verdict {
    if (this.#rights(client).maySubscribe(filter)) return ALLOWED;
    const reason = "no grant covers everything that this filter matches";
    return this.#forbid(client, { action: "subscribe", object: filter, reason });
  }

  /** Of a client that has not come since the hub started nothing is known; its queue is judged when it comes. */
  mayReceive(clientId: string, topic: string): boolean {
    return this.#byId.get(clientId)?.known.rights.mayReceive(topic) ?? true;
  }

  /**
   * Whether a Will may still be published. A death is, whoever may say it by now: it is true, it was allowed when it was
   * left with the hub, and without it others would go on showing an edge node or host that is gone.
   */
  mayPublishWill({ client, owner, clientId, ...message }: DueWill): boolean {
    if (DEATH.test(message.topic)) return true;
    const known = client && this.#known.get(client);
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
    const known = client && this.#known.get(client);
    if (client === undefined || known === undefined || !topic.startsWith("spBv1.0/"))
      return undefined;
    const isCommand = COMMAND.test(topic);
    if (known.principal === "hub" || (isUnlimited(known) && !isCommand)) return undefined;
    return (message) => {
      if (message.isWill === true) return undefined; // judged at CONNECT
      const { qos, retain } = message;
      const reason = known.rights.publishFault({ topic, qos, retain, isWill: false });
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
    const known = this.#known.get(client);
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
    const rights = this.#byId.get(clientId)?.known.rights;
    return rights?.mayCommand(topic, metric) === true
      ? undefined
      : `no grant allows to command "${metric}"`;
  }

  /** Why the hub publishes no answer for a client on a topic: it must be one on which the client itself may, and may hear. */
  replyFault({ clientId }: Pick<ConnectingClient, "clientId">, topic: string): string | undefined {
    if (topic.startsWith("spBv1.0/") || topic.startsWith("$")) return "answers go to plain topics";
    const rights = this.#byId.get(clientId)?.known.rights ?? NOTHING;
    const fault = rights.publishFault({ topic, qos: 1, retain: false, isWill: false });
    if (fault !== undefined) return fault;
    return rights.maySubscribe(topic) ? undefined : "no grant allows to subscribe there";
  }

  /** Who a client is, as on the audit trail. */
  actorOf(clientId: string): string {
    return actorOf(this.#byId.get(clientId)?.known.principal ?? "anonymous");
  }

  /** Who a connected client is; `undefined`: nobody of that name. */
  principalOf(clientId: string): Principal | undefined {
    const principal = this.#byId.get(clientId)?.known.principal;
    return typeof principal === "object" ? principal : undefined;
  }

  /**
   * Users, tokens or grants have changed: clients get their new rights, and those who may no longer come in are named, to
   * be disconnected.
   */
  changed(): readonly string[] {
    for (const known of this.#arriving) this.#renew(known);
    return this.#gone(([, { known }]) => this.#renew(known));
  }

  /** Those whose time is over. `now`: milliseconds since 1970 UTC. */
  expired(now: number): readonly string[] {
    return this.#gone(([, { known }]) => {
      const { principal } = known;
      return typeof principal !== "object" || (principal.expiresAt ?? Infinity) > now;
    });
  }

  #gone(
    stays: (entry: readonly [string, { readonly known: Known }]) => boolean,
  ): readonly string[] {
    const gone = [...this.#byId].filter((entry) => !stays(entry));
    for (const [clientId, { known }] of gone) {
      known.rights = NOTHING;
      this.#byId.delete(clientId);
    }
    return gone.map(([clientId]) => clientId);
  }

  /** Whether there still is such a principal. */
  #renew(known: Known): boolean {
    if (typeof known.principal !== "object") return true;
    const current = this.#options.current(known.principal);
    if (current === undefined) {
      known.rights = NOTHING;
      return false;
    }
    known.principal = current;
    known.rights = rightsOf(current, known.clientId);
    return true;
  }

  /** By what it says in CONNECT; else by what its handshake has shown, which must not be revoked in either case. */
  async #identify(client: ConnectingClient): Promise<Known | Refusal> {
    const { username, password, proof, clientId, address } = client;
    const proved =
      proof && (await this.#options.authenticator.authenticate(proof, hostOf(address)));
    if (proved?.kind === "refused" && proved.isUnknown !== true) {
      return this.#refuse(client, NOT_AUTHORIZED, proved.because);
    }
    if (username !== undefined || password !== undefined) return await this.#bySecret(client);
    if (proved?.kind === "principal") return knownAs(proved.principal, clientId);
    return this.#nobody(client, proved?.because);
  }

  async #bySecret(client: ConnectingClient): Promise<Known | Refusal> {
    const { username = "", password, address, clientId } = client;
    const secret = password === undefined ? "" : new TextDecoder().decode(password);
    const credentials = { kind: "password", name: username, password: secret } as const;
    const result = await this.#options.authenticator.authenticate(credentials, hostOf(address));
    if (result.kind === "principal") return knownAs(result.principal, clientId);
    return this.#refuse(client, codeOf(result), result.because);
  }

  #nobody(
    client: ConnectingClient,
    because = "a user name and a password are needed",
  ): Known | Refusal {
    const { clientId } = client;
    const { anonymous } = this.#options;
    if (anonymous === "none") return this.#refuse(client, NOT_AUTHORIZED, because);
    return { clientId, principal: "anonymous", rights: RIGHTS_OF_NOBODY[anonymous] };
  }

  #refuse(client: ConnectingClient, reasonCode: number, because: string): Refusal {
    const { clientId, username, address, proof } = client;
    this.#options.audit.refused({
      actor: username === undefined ? unproved(proof) : `user:${username}`,
      via: "mqtt",
      address,
      action: "connect",
      object: clientId,
      result: "refused",
      reason: because,
    });
    return refused(reasonCode, because);
  }

  /** One line a minute for each reason, with the first topic. */
  #forbid(
    client: ConnectingClient,
    what: { readonly action: string; readonly object: string; readonly reason: string },
  ): Refusal {
    const actor = actorOf(this.#known.get(client)?.principal);
    const { address } = client;
    this.#options.audit.refused({ actor, via: "mqtt", address, ...what, result: "refused" });
    return refused(NOT_AUTHORIZED, `${what.object}: ${what.reason}`);
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
    return this.#known.get(client)?.rights ?? NOTHING;
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

const HUB: Known = { clientId: "", principal: "hub", rights: EVERYTHING };

function isUnlimited({ rights }: Known): boolean {
  return rights === EVERYTHING;
}

function knownAs(principal: Principal, clientId: string): Known {
  return { clientId, principal, rights: rightsOf(principal, clientId) };
}

/** Whether what is known of its topics still holds. */
function sameRights(before: Known, after: Known): boolean {
  if (before.rights === after.rights) return true;
  const [old, young] = [before.principal, after.principal];
  if (typeof old !== "object" || typeof young !== "object") return false;
  return before.rights !== NOTHING && isDeepStrictEqual(old.grants, young.grants);
}

/**
 * A client of a user is called as the user, or begins so with a dash: no user can keep another's clients away by taking
 * their identifiers. Edge nodes and hosts choose freely among what is nobody's name.
 */
function clientIdFault(
  { clientId, isIdGiven }: Pick<ConnectingClient, "clientId" | "isIdGiven">,
  { principal }: Known,
  isName: (name: string) => boolean,
): string | undefined {
  if (typeof principal !== "object" || isIdGiven === true) return undefined;
  const { name, grants } = principal;
  const isOwn = clientId === name || clientId.startsWith(`${name}-`);
  const isFree = grants.some(({ kind }) => kind === "node" || kind === "host");
  if (!isOwn && !isFree) {
    return `the client identifier of ${name} must be "${name}" or begin with "${name}-"`;
  }
  const other = namesIn(clientId).find(
    (each) => each.length > (isOwn ? name.length : 0) && isName(each),
  );
  return other === undefined || other === name
    ? undefined
    : `the client identifier is one of ${other}`;
}

/** Whose client identifier it may be: `a-b-c` is one of `a`, `a-b` or `a-b-c`. */
function namesIn(clientId: string): readonly string[] {
  const ends = [...clientId.matchAll(/-/g)].map(({ index }) => index);
  return [...ends, clientId.length]
    .map((end) => clientId.slice(0, end))
    .filter((name) => name !== "");
}

function codeOf(result: Extract<Authenticated, { kind: "refused" }>): number {
  return result.waitMs === undefined ? BAD_CREDENTIALS : RATE_EXCEEDED;
}

function refused(reasonCode: number, because: string): Refusal {
  return { allow: false, reasonCode, because };
}

/** `10.0.0.7:51234` and `[::1]:51234` without the port. */
function hostOf(address: string): string {
  const end = address.lastIndexOf(":");
  return end < 0 ? address : address.slice(0, end).replaceAll(/^\[|\]$/g, "");
}
