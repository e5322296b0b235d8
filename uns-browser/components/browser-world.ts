/** The browser, as the page model wants to have it. */
import type { Subprotocol } from "@unshub/hub/feed";
import type { NamespaceWorld } from "../lib/namespace.ts";
import { askHub, type Answer, type SendLike } from "../lib/hub-request.ts";
import { learnHubWords } from "../lib/hub-words.ts";
import type { Line, LineEvents } from "../lib/socket.ts";
import { whileSeen, type StartTimer } from "../lib/timer.ts";

/** A browser that asks where to save needs the file until then. */
const KEEP_FILE_MS = 60_000;
const SUBPROTOCOL: Subprotocol = "uns.v1";

export const startTimer: StartTimer = (afterMs, run) => {
  const timer = setTimeout(run, afterMs);
  return () => clearTimeout(timer);
};

/** For what is asked again and again: a tab that nobody sees asks nothing, and catches up when it is shown. */
export const startTimerWhileSeen = whileSeen(startTimer, {
  isHidden: () => document.hidden,
  onceShown(run) {
    const onChange = (): void => {
      if (document.hidden) return;
      stop();
      run();
    };
    const stop = (): void => document.removeEventListener("visibilitychange", onChange);
    document.addEventListener("visibilitychange", onChange);
    return stop;
  },
});

/** Rows, who is signed in, and counts of the navigation: no sentence of them is shown, and no page waits for words. */
const WITHOUT_WORDS =
  /^\/api\/(?:ns\/(?:children|path|at)\b|v1\/(?:pins|attention)$|v1\/session\b|v1\/commands\?limit=100$|v1\/findings\/counts$)/;

/** By the time that somebody reads the answer the page can say it in its own language. */
async function ask(url: string, options: RequestInit): Promise<Response> {
  const answer = await fetch(url, options);
  if (!answer.ok || !WITHOUT_WORDS.test(url)) await learnHubWords();
  return answer;
}

export const sendToHub: SendLike = ask;

/** Asks the hub with POST, and lets the browser save the answer as a file. */
export async function saveFromHub(url: string, body: object, fileName: string): Promise<Answer> {
  let file: Blob | undefined;
  const send: SendLike = async (to, options) => {
    const answer = await ask(to, options);
    if (!answer.ok) return answer;
    file = await answer.blob();
    return { ok: true, status: 204, json: () => Promise.resolve(null) };
  };
  const answer = await askHub(send, "POST", url, body);
  if (file !== undefined) saveFile(file, fileName);
  return answer;
}

/** Hands a file to the browser, which saves it. */
export function saveFile(file: Blob, fileName: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_FILE_MS);
}

/** Asks the hub for a text; `value` of the answer is that. */
export async function readFromHub(url: string): Promise<Answer> {
  return await askHub(sendForText, "GET", url);
}

const sendForText: SendLike = async (to, options) => {
  const answer = await ask(to, options);
  return answer.ok ? { ok: true, status: answer.status, json: () => answer.text() } : answer;
};

export function browserWorld(): NamespaceWorld {
  return {
    socket: {
      open: openLine,
      timer: startTimer,
      random: Math.random,
    },
    timerWhileSeen: startTimerWhileSeen,
    fetch: ask,
    localNow: Date.now,
    readSearch: () => location.search,
    replaceSearch: (search) => {
      // What Next keeps in the state must stay, or its router loses its way back.
      history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
    },
    ui: process.env["UNSHUB_BUILD"] ?? "development",
  };
}

function openLine({ opened, received, closed }: LineEvents): Line {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/live`, SUBPROTOCOL);
  socket.addEventListener("open", opened);
  socket.addEventListener("close", closed);
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") received(data);
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}
