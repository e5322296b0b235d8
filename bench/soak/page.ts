/** An open page without a browser: watches the metrics of some devices and keeps what it shows. */
import { WebSocket } from "ws";
import type { ChildrenAnswer, HubMessage, TreeRow } from "../../hub/src/feed/protocol.ts";
import { deviceName, GROUP, nodeName, nodeOf } from "./plant.ts";

/** A frame carries five entries for each row. */
const ENTRIES = 5;

export class Page {
  /** Frames with values so far. */
  frames = 0;
  readonly #socket: WebSocket;
  /** The id of each watched metric, by device and name. */
  readonly #rows: ReadonlyMap<string, number>;
  readonly #shown = new Map<number, unknown>();

  /** Opens it, on these devices. `port`: of HTTP. */
  static async open(port: number, devices: readonly number[]): Promise<Page> {
    const rows = await metricsOf(port, devices);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, "uns.v1", {
      origin: `http://127.0.0.1:${port}`,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new Page(socket, rows);
  }

  private constructor(socket: WebSocket, rows: ReadonlyMap<string, number>) {
    this.#socket = socket;
    this.#rows = rows;
    socket.on("message", (data) => {
      const frame: HubMessage = JSON.parse(Buffer.isBuffer(data) ? data.toString() : "null");
      this.#take(frame);
    });
    this.#say({ op: "hello", v: 1, ui: "soak" });
    this.#say({ op: "view", g: 1, rows: [...rows.values()] });
  }

  get watched(): number {
    return this.#rows.size;
  }

  /** What it shows of a metric. */
  shown(device: number, name: string): unknown {
    return this.#shown.get(this.#rows.get(`${device}/${name}`) ?? -1);
  }

  close(): void {
    this.#socket.close();
  }

  #take(frame: HubMessage): void {
    if (frame.op !== "d" && frame.op !== "n") return;
    this.#say({ op: "ack", s: frame.s });
    if (frame.op === "n") return;
    this.frames += 1;
    for (let at = 0; at < frame.u.length; at += ENTRIES) {
      this.#shown.set(Number(frame.u[at]), frame.u[at + 1]);
    }
  }

  #say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

/** As a page finds them: level by level. */
async function metricsOf(
  port: number,
  devices: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  const children = async (id?: number): Promise<readonly TreeRow[]> => {
    const query = id === undefined ? "" : `&id=${id}`;
    const answer = await fetch(`http://127.0.0.1:${port}/api/ns/children?limit=500${query}`);
    const { rows }: ChildrenAnswer = JSON.parse(await answer.text());
    return rows;
  };
  const found = new Map<string, number>();
  const group = (await children()).find(({ name }) => name === GROUP);
  const nodes = await children(group?.id);
  for (const device of devices) {
    const node = nodes.find(({ name }) => name === nodeName(nodeOf(device)));
    const own = (await children(node?.id)).find(({ name }) => name === deviceName(device));
    for (const section of await children(own?.id)) {
      for (const { id, name } of await children(section.id)) {
        found.set(`${device}/${section.name}/${name}`, id);
      }
    }
  }
  return found;
}
