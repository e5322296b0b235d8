/**
 * Who may connect over HTTP now: of one address so many connections, and so many new ones a second, by the limits of
 * the MQTT server (`mqtt.limits`). It sees addresses only, so that it costs next to nothing before a TLS handshake.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "@unshub/adapter";
import {
  Admission,
  DEFAULT_LIMITS,
  RareLog,
  SYSTEM_CLOCK,
  type AdmissionLimits,
} from "../broker/index.ts";

/** How often those that wait are let in. */
const LOOK_MS = 100;
const TOO_MANY =
  "HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain; charset=utf-8\r\n" +
  "x-content-type-options: nosniff\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

const monotonic = (): number => SYSTEM_CLOCK.monotonic();

export class HttpArrivals {
  readonly #admission: Admission;
  readonly #log: RareLog;
  readonly #timer: NodeJS.Timeout;
  #turnedAway = 0;

  /** What is left out of `limits` is as for MQTT. */
  constructor(limits: Partial<AdmissionLimits>, log: Logger) {
    this.#admission = new Admission({ ...DEFAULT_LIMITS, ...limits }, monotonic);
    this.#log = new RareLog(log, monotonic);
    this.#timer = setInterval(() => {
      this.#admission.release();
      this.#log.sweep();
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Connections that were closed for it. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** Stands before a server: those who may not connect now do not reach it. `isTls`: no word can be said to them then. */
  watch<Watched extends Server>(server: Watched, isTls: boolean): Watched {
    const accept = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      const enter = (): void => {
        for (const each of accept) each.call(server, socket);
      };
      this.#arrived(socket, { enter, isTls });
    });
    return server;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #arrived(
    socket: Socket,
    { enter, isTls }: { readonly enter: () => void; readonly isTls: boolean },
  ): void {
    const { remoteAddress: host } = socket;
    if (host === undefined) return void socket.destroy(); // gone already
    const left = (): void => this.#admission.left(host);
    socket.once("close", left);
    this.#admission.arrived({
      host,
      enter: () => {
        if (!socket.destroyed) enter();
      },
      turnAway: (because) => {
        socket.off("close", left);
        this.#turnAway(socket, { host, because, isTls });
      },
    });
  }

  #turnAway(
    socket: Socket,
    {
      host,
      because,
      isTls,
    }: { readonly host: string; readonly because: string; readonly isTls: boolean },
  ): void {
    this.#turnedAway += 1;
    this.#log.say("warn", { address: host, because }, "an HTTP connection was turned away", host);
    socket.on("error", () => socket.destroy());
    if (isTls) return void socket.destroy();
    socket.once("finish", () => socket.destroy());
    socket.end(`${TOO_MANY}${because}\n`);
  }
}
