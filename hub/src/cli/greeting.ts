/** What a person needs to know of a hub that has started, ready to copy. */
import type { HubConfig } from "../config/index.ts";
import { firstAdminCode } from "../identity/index.ts";
import type { Hub } from "../hub.ts";
import type { Demo } from "./demo.ts";

type Line = readonly [what: string, text: string];
type Address = Hub["addresses"][number];

export function greeting(config: HubConfig, hub: Hub, demo: Demo | undefined): readonly string[] {
  const lines: readonly Line[] = [
    ...doors(config, hub.addresses),
    ...firstAdmin(config),
    ["Data", config.hub.dataDir],
    ...(config.mqtt.durability === "memory" ? [MEMORY] : []),
    ...(demo === undefined ? [] : [["Plant", demo.description] as const]),
    ["Stop", "Ctrl-C"],
  ];
  return [
    "",
    `UNS Hub "${config.hub.id}" runs.`,
    ...lines.map(([what, text]) => `  ${what.padEnd(10)} ${text}`),
    "",
  ];
}

const MEMORY: Line = [
  "  memory",
  "mqtt.durability is memory: sessions, queues and retained messages end with the hub",
];

/** The page first, then MQTT with two commands to try, then the others as they are configured. */
function doors(config: HubConfig, addresses: Hub["addresses"]): readonly Line[] {
  const scheme = config.listeners.http?.tls === undefined ? "http" : "https";
  const order: readonly (readonly [Address["kind"], (address: Address) => readonly Line[]])[] = [
    ["http", ({ host, port }) => [["Page", `${scheme}://${host}:${port}/`]]],
    ["mqtt", (address) => plainMqtt(address, config.adapters[0]?.groupId ?? "+")],
    ["mqtts", ({ host, port }) => [["MQTT, TLS", `mqtts://${host}:${port}`]]],
    ["psk", ({ host, port }) => [["  PSK", `${host}:${port}`]]],
    ["ws", ({ host, port }) => [["WebSocket", `ws://${host}:${port}`]]],
    ["wss", ({ host, port }) => [["  TLS", `wss://${host}:${port}`]]],
    ["opcua", ({ host, port }) => [["OPC UA", `opc.tcp://${host}:${port}`]]],
    ["metrics", ({ host, port }) => [["Metrics", `http://${host}:${port}/metrics`]]],
  ];
  return order.flatMap(([kind, shown]) => {
    const address = addresses.find((each) => each.kind === kind);
    return address === undefined ? [] : shown(address);
  });
}

/** While nobody can log in: the code that makes the first administrator. It is good once, and for an hour. */
function firstAdmin({ hub, identity }: HubConfig): readonly Line[] {
  const code = identity.anonymous === "none" ? firstAdminCode(hub.dataDir) : undefined;
  if (code === undefined) return [];
  return [
    ["Welcome", "nobody can log in yet: make the first administrator within an hour"],
    ["  code", code],
    ["  at", "the page, or here: npx unshub user first NAME"],
  ];
}

function plainMqtt({ host, port }: Address, group: string): readonly Line[] {
  const url = port === 1883 ? "" : ` --url mqtt://${host}:${port}`;
  return [
    ["MQTT", `mqtt://${host}:${port}`],
    ["  try", `mosquitto_sub -h ${host} -p ${port} -t 'spBv1.0/${group}/#' -F '%t %l bytes'`],
    ["", `npx unshub tail 'spBv1.0/${group}/#'${url}`],
  ];
}
