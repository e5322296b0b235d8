/** What is known of each host by its STATE. */
import type { ClientState } from "./client-state.ts";

export interface HostState {
  readonly hostId: string;
  /** The connection that speaks for it. */
  owner: ClientState | undefined;
  /** `undefined`: it has not been heard since the hub started. */
  isOnline: boolean | undefined;
  /** When somebody else said that it is offline; 0: nobody did. Milliseconds since 1970 UTC. */
  wrongedAt: number;
}

const MAX_HOSTS = 10_000;

export class HostStates {
  readonly #hosts = new Map<string, HostState>();
  readonly #wronged = new Set<HostState>();

  /** The one of this name; it is made when it is new. */
  of(hostId: string): HostState {
    const known = this.#hosts.get(hostId);
    if (known !== undefined) return known;
    const host: HostState = { hostId, owner: undefined, isOnline: undefined, wrongedAt: 0 };
    if (this.#hosts.size >= MAX_HOSTS) this.#forgetOldest();
    this.#hosts.set(hostId, host);
    return host;
  }

  isOffline(hostId: string): boolean {
    return this.#hosts.get(hostId)?.isOnline === false;
  }

  /** Takes a STATE that passed. `by`: who said it; `undefined` for the hub and for Wills of connections that are gone. */
  said(host: HostState, online: boolean, by: ClientState | undefined, now: number): void {
    if (by !== undefined && online) host.owner = by;
    const isWronged =
      !online && host.isOnline === true && host.owner?.isConnected === true && by !== host.owner;
    host.isOnline = online;
    host.wrongedAt = isWronged ? now : 0;
    if (isWronged) this.#wronged.add(host);
  }

  /** Hosts that did not correct their STATE in time; each is told once. */
  silent(now: number, withinMs: number): readonly HostState[] {
    const late: HostState[] = [];
    for (const host of this.#wronged) {
      if (host.wrongedAt > 0 && now - host.wrongedAt < withinMs) continue;
      this.#wronged.delete(host);
      if (host.wrongedAt > 0 && host.owner?.isConnected === true) late.push(host);
      host.wrongedAt = 0;
    }
    return late;
  }

  ownedBy(client: ClientState): readonly HostState[] {
    return [...this.#hosts.values()].filter(({ owner }) => owner === client);
  }

  #forgetOldest(): void {
    const [oldest] = this.#hosts.keys();
    if (oldest !== undefined) this.#hosts.delete(oldest);
  }
}

/** The other connection that speaks for a host, if one that lives does. */
export function otherHost(host: HostState, client: ClientState): ClientState | undefined {
  const { owner } = host;
  if (owner === undefined || owner === client || !owner.isConnected) return undefined;
  return owner.client.clientId === client.client.clientId ? undefined : owner;
}
