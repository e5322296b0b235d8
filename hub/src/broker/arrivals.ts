/**
 * Sockets between their arrival and their first words of MQTT: admitted, waiting or turned away; then in a TLS handshake
 * or a WebSocket upgrade, which must be over in time. Nothing is read from a socket that waits.
 */
import type { Socket } from "node:net";
import { Admission } from "./admission.ts";
import type { BrokerClock } from "./clock.ts";
import type { BrokerLimits } from "./limits.ts";
import { remoteAddress } from "./tcp-listener.ts";

/** How often those that wait are let in, and deadlines looked at. */
const LOOK_MS = 100;

interface Entering {
  readonly socket: Socket;
  /** Monotonic milliseconds. */
  readonly since: number;
}

export interface ArrivalsOptions {
  readonly limits: BrokerLimits;
  readonly clock: BrokerClock;
  /** A socket was closed before it said anything in MQTT. */
  readonly turnedAway: (address: string, because: string) => void;
}

export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #admission: Admission;
  /** By `host:port`; the oldest first. */
  readonly #entering = new Map<string, Entering>();
  readonly #waiting = new Set<Socket>();
  readonly #stopTimer: () => void;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits, () => options.clock.monotonic());
    this.#stopTimer = options.clock.every(LOOK_MS, () => this.#look());
  }

  /** A socket has come that was not read from yet; `enter` begins what is spoken at its port. */
  arrived(socket: Socket, enter: () => void): void {
    socket.on("error", () => socket.destroy());
    const address = remoteAddress(socket);
    const { remoteAddress: host } = socket;
    if (host === undefined) return void socket.destroy(); // gone already
    this.#waiting.add(socket);
    this.#admission.arrived({
      host,
      enter: () => {
        this.#waiting.delete(socket);
        if (socket.destroyed) return this.#admission.left(host);
        socket.once("close", () => this.#gone(host, address));
        this.#add(address, socket);
        enter();
      },
      turnAway: (because) => {
        this.#waiting.delete(socket);
        this.#turnAway(socket, address, because);
      },
    });
  }

  /** The client at `address` speaks MQTT from now on; answers when it was let in, in monotonic milliseconds. */
  passed(address: string): number {
    const since = this.#entering.get(address)?.since ?? this.#options.clock.monotonic();
    this.#entering.delete(address);
    return since;
  }

  /** Closes all that are not through. */
  close(): void {
    this.#stopTimer();
    for (const socket of this.#waiting) socket.destroy();
    for (const { socket } of this.#entering.values()) socket.destroy();
  }

  /** There is room for as many as may connect; then the one that has been here longest goes. */
  #add(address: string, socket: Socket): void {
    this.#entering.set(address, { socket, since: this.#options.clock.monotonic() });
    if (this.#entering.size <= this.#options.limits.maxConnections) return;
    const [oldest] = this.#entering;
    if (oldest !== undefined) this.#turnAway(oldest[1].socket, oldest[0], "others want to come in");
  }

  #gone(host: string, address: string): void {
    this.#admission.left(host);
    this.#entering.delete(address);
  }

  #look(): void {
    this.#admission.release();
    const { clock, limits } = this.#options;
    const now = clock.monotonic();
    for (const [address, { socket, since }] of this.#entering) {
      if (now - since < limits.connectWithinMs) break; // the oldest come first
      this.#turnAway(
        socket,
        address,
        "its TLS handshake or WebSocket request was not done in time",
      );
    }
  }

  #turnAway(socket: Socket, address: string, because: string): void {
    this.#entering.delete(address);
    socket.destroy();
    this.#options.turnedAway(address, because);
  }
}
