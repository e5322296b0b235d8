/** The page of edge nodes in English, what no other page says; `texts-of-nodes-zh.ts` says the same in Chinese. */
import type { ShownNodes } from "./node-list.ts";

export type NodesTexts = typeof nodesTextsEn;

export const nodesTextsEn = {
  filter: "Filter by name, state or cause",
  which: "Which edge nodes",
  shown: {
    all: "All",
    trouble: "Trouble",
    online: "Online",
    offline: "Offline",
    unborn: "No birth",
  } satisfies Record<ShownNodes, string>,
  count: (shown: string, all: string) => `${shown} of ${all} edge nodes`,
  noMatch: "No edge node fits.",
  more: (count: string) => `Show ${count} more`,
  sortBy: (column: string) => `Sort by ${column}`,
  sorts: {
    state: "State: trouble first",
  },
  bulk: {
    open: (count: number) => `Request rebirth of ${count}…`,
    title: (count: number) => `Request rebirth of ${count} edge nodes?`,
    meaning:
      "Each sends all its births again, and everybody who subscribes receives them. One after the other is asked; one that was asked a moment ago is left out by the rebirth shield.",
    onlyOnline: (count: number) => `${count} more are not online and are not asked.`,
    tooMany: (most: number) => `Only the first ${most} are asked; filter for the others.`,
    next: "Show the list…",
    confirmTitle: (count: number) => `These ${count} edge nodes are asked`,
    confirm: (count: number) => `Request ${count} rebirths now`,
    running: (done: number, all: number) => `${done} of ${all} were asked…`,
    done: (asked: number, held: number, not: number) =>
      `${asked} were asked, ${held} were asked a moment ago by somebody else, ${not} could not be asked.`,
    stop: "Stop",
    outcomes: {
      asked: "asked",
      held: "asked a moment ago by somebody else",
      offline: "not connected",
    },
  },
  cause: "Why it was asked for its births last",
  hint: "What to do",
  causes: {
    "data before birth": {
      means:
        "It sent data before the hub had its birth, so nobody knows the names behind its aliases.",
      hint: "Happens once after the hub or the edge node starts. Again and again: the edge node does not wait for its connection before it sends, or a firewall cuts the connection.",
    },
    "sequence gap": {
      means:
        "The sequence number jumped: messages between were lost on their way. What may have changed in them is stale until it comes again.",
      hint: "Look for a slow or broken network, a queue that is full at the edge node, or two clients with the same edge node id.",
    },
    "unknown metric or alias": {
      means: "A message named a metric or alias that its last birth does not have.",
      hint: "The edge node changed its metrics without a new birth. Ask its vendor; restarting it brings a birth.",
    },
    "undecodable payload": {
      means: "A message could not be read as a Sparkplug payload.",
      hint: "Look at its bytes on the page of one of its metrics, Raw. Often the payload is JSON, or compressed in a way of its own.",
    },
    "carried on": {
      means: "Another MQTT server, to which its messages are carried on, needed its births.",
      hint: "Nothing, unless it happens often: then the connection to that server breaks.",
    },
    "somebody wanted it": {
      means: "Somebody asked for it at the page, by the API or at the command line.",
      hint: "Nothing. The audit trail says who it was.",
    },
  },
  twoClientsHint:
    "Find the second gateway with the same group and edge node id, often a copied configuration or a spare, and give it an id of its own. Until then each takes the connection away from the other, and all births come again and again.",
  copyEvidence: "Copy evidence",
  copiedEvidence: "The evidence is on the clipboard.",
};
