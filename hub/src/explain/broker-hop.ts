/** The MQTT server on the side of the edge node: does it read what is sent, and can it keep it? */
import type { Facts } from "./facts.ts";
import { evidenceOf, type Hop } from "./hop.ts";

export function brokerHop({
  client,
  store,
  report,
}: Pick<Facts, "client" | "store" | "report">): Hop {
  const evidence = evidenceOf({
    "messages from it": client?.received,
    store: store.kind === "ready" ? undefined : `${store.kind}: ${store.because}`,
  });
  const hop = { hop: "broker", evidence } as const;
  if (store.kind !== "ready") {
    return {
      ...hop,
      status: "suspect",
      says: `The hub cannot keep messages (${store.because}); QoS 1 and 2 are refused.`,
      todo: "Make room on the disk of hub.dataDir; the hub goes on by itself.",
    };
  }
  if (client?.isHeldUp === true) {
    return {
      ...hop,
      status: "suspect",
      says: `Client "${client.clientId}" sends faster than its messages are carried or stored, so it is read slowly.`,
      todo: "Look at the load of this machine and its disk (/metrics), and at how much the gateway sends.",
    };
  }
  if (client?.isConnected !== true) {
    const last = report?.link === undefined ? "" : " any more";
    return { ...hop, status: "unknown", says: `No client of this edge node is connected${last}.` };
  }
  return { ...hop, status: "ok", says: "The server reads what the edge node sends, at once." };
}
