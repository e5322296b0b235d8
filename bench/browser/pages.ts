/**
 * Open pages without a browser, as a process of their own: `pages.ts <port> <pages>`. Told to open, each subscribes to a
 * screenful of rows as the Namespace does, most of which change ten times a second; told to close, it says what came.
 */
import { WebSocket } from "ws";
import type { ChildrenAnswer, HubMessage, TreeRow } from "../../hub/src/feed/protocol.ts";
import { answerLines } from "../modbus/told.ts";
import { deviceName, FAST_METRICS, nodeName } from "./plant.ts";

/** Rows drawn at 1920 × 1080, those above and below the screen included. */
const ROWS = 60;
/** As the page acknowledges: at once, or with the next when the last one is not yet so long ago. */
const ACK_EVERY_MS = 80;

const [, , port = "0", pages = "0"] = process.argv;
const rows = await fastRows();
let open: readonly OpenPage[] = [];

await answerLines({ rows: rows.length }, async ([word]) => {
  if (word === "open") {
    open = await Promise.all(Array.from({ length: Number(pages) }, (_, at) => openPage(at)));
    return { open: open.length };
  }
  const sum = (of: "frames" | "values" | "bytes"): number =>
    open.reduce((total, page) => total + page[of], 0);
  const lost = open.filter(({ socket }) => socket.readyState !== WebSocket.OPEN).length;
  for (const { socket } of open) socket.close();
  return { frames: sum("frames"), values: sum("values"), bytes: sum("bytes"), lost };
});

interface OpenPage {
  readonly socket: WebSocket;
  frames: number;
  values: number;
  bytes: number;
}

async function openPage(number: number): Promise<OpenPage> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, "uns.v1", {
    origin: `http://127.0.0.1:${port}`,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const page: OpenPage = { socket, frames: 0, values: 0, bytes: 0 };
  const say = (message: object): void => socket.send(JSON.stringify(message));
  const acknowledge = acknowledging((s) => {
    if (socket.readyState === WebSocket.OPEN) say({ op: "ack", s });
  });
  socket.on("message", (data) => {
    const text = Buffer.isBuffer(data) ? data.toString() : "null";
    const frame: HubMessage = JSON.parse(text);
    page.bytes += text.length;
    if (frame.op !== "d" && frame.op !== "n") return;
    acknowledge(frame.s);
    if (frame.op === "n") return;
    page.frames += 1;
    page.values += frame.u.length / 5;
  });
  say({ op: "hello", v: 1, ui: "bench" });
  const first = (number * 7) % Math.max(1, rows.length - ROWS); // not all look at the same
  say({ op: "view", g: 1, rows: rows.slice(first, first + ROWS) });
  return page;
}

function acknowledging(send: (s: number) => void): (s: number) => void {
  let due: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = undefined;
    if (due === undefined) return;
    send(due);
    due = undefined;
    timer = setTimeout(next, ACK_EVERY_MS);
  };
  return (s) => {
    due = s;
    if (timer === undefined) next();
  };
}

/** The rows of the metrics that change fast, found as a page finds them. */
async function fastRows(): Promise<readonly number[]> {
  const [group] = await children();
  const node = (await children(group?.id)).find(({ name }) => name === nodeName(0));
  const device = (await children(node?.id)).find(({ name }) => name === deviceName(0));
  const metrics = await children(device?.id);
  return metrics.slice(0, FAST_METRICS).map(({ id }) => id);
}

async function children(id?: number): Promise<readonly TreeRow[]> {
  const query = id === undefined ? "" : `&id=${id}`;
  const answer = await fetch(`http://127.0.0.1:${port}/api/ns/children?limit=1000${query}`);
  const { rows: found }: ChildrenAnswer = JSON.parse(await answer.text());
  return found;
}
