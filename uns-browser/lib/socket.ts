/**
 * The line to the hub: opens it, opens it again when it is gone. It knows no messages beyond text; what they mean is
 * `live.ts`. Timers, chance and the WebSocket itself are handed in.
 */
import { nothingToStop, type StartTimer } from "./timer.ts";

/** An open or opening WebSocket, with what it needs to be told. */
export interface Line {
  send(text: string): void;
  close(): void;
}

export interface LineEvents {
  readonly opened: () => void;
  readonly received: (text: string) => void;
  readonly closed: () => void;
}

export interface SocketWorld {
  /** Begins to open a line; calls the events later, never from within. */
  readonly open: (events: LineEvents) => Line;
  readonly timer: StartTimer;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

export interface SocketEvents {
  readonly opened: () => void;
  readonly received: (text: string) => void;
  /** @param tries how often it failed since a line last said something, this time included */
  readonly lost: (tries: number) => void;
}

export interface Socket {
  /** Sends when the line is open; otherwise the message is dropped, because everything is said again on opening. */
  send(text: string): void;
  /** Breaks the line off and tries again: for a line that is silent. */
  restart(): void;
  /** Does not wait for the next try: somebody looks at the page again. */
  hurry(): void;
  /** Ends it for good. */
  stop(): void;
}

const LONGEST_WAIT_MS = 15_000;
const JITTER = 0.2;
/** A line that neither opens nor fails within this time is given up. */
const OPEN_WITHIN_MS = 8000;

/** At once, then 1, 2, 4, 8, 15, 15… s, each ±20 %, so that a hundred pages do not knock at the same moment. */
export function reconnectDelayMs(tries: number, random: () => number): number {
  if (tries <= 1) return 0;
  const wait = Math.min(1000 * 2 ** (tries - 2), LONGEST_WAIT_MS);
  return Math.round(wait * (1 - JITTER + 2 * JITTER * random()));
}

export function openSocket(world: SocketWorld, events: SocketEvents): Socket {
  let line: Line | null = null;
  let isOpen = false;
  let tries = 0;
  let cancelTimer = nothingToStop;

  const drop = (): void => {
    cancelTimer();
    isOpen = false;
    const dropped = line;
    line = null; // first, so that its last words find nobody
    dropped?.close();
  };
  const lose = (): void => {
    drop();
    tries += 1;
    cancelTimer = world.timer(reconnectDelayMs(tries, world.random), connect);
    events.lost(tries);
  };
  const connect = (): void => {
    drop();
    const mine: Line = world.open({
      opened: () => {
        if (mine !== line) return;
        cancelTimer();
        isOpen = true;
        events.opened();
      },
      received: (text) => {
        if (mine !== line) return;
        tries = 0; // only now: a line that opens and closes without a word is a failure as well
        events.received(text);
      },
      closed: () => {
        if (mine === line) lose();
      },
    });
    line = mine;
    cancelTimer = world.timer(OPEN_WITHIN_MS, lose);
  };

  connect();
  return {
    send: (text) => {
      if (isOpen) line?.send(text);
    },
    restart: lose,
    hurry: () => {
      if (!isOpen) connect();
    },
    stop: drop,
  };
}
