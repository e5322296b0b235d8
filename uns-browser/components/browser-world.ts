/** The browser, as the page model wants to have it. */
import type { Subprotocol } from "@unshub/hub/feed";
import type { NamespaceWorld } from "../lib/namespace.ts";
import type { SendLike } from "../lib/hub-request.ts";
import type { Line, LineEvents } from "../lib/socket.ts";
import type { StartTimer } from "../lib/timer.ts";

const SUBPROTOCOL: Subprotocol = "uns.v1";

export const startTimer: StartTimer = (afterMs, run) => {
  const timer = setTimeout(run, afterMs);
  return () => clearTimeout(timer);
};

export const sendToHub: SendLike = (url, options) => fetch(url, options);

export function browserWorld(): NamespaceWorld {
  return {
    socket: {
      open: openLine,
      timer: startTimer,
      random: Math.random,
    },
    fetch: (url, options) => fetch(url, options),
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
