/** What the configuration says of the MQTT server, in the words of the broker. */
import type { BrokerOptions, ListenerConfig, RetainedProvider } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import { hubVersion } from "./version.ts";

export function brokerSettings(
  config: HubConfig,
): Pick<BrokerOptions, "id" | "version" | "listeners" | "limits" | "storage"> {
  return {
    id: config.hub.id,
    version: hubVersion(),
    listeners: mqttListeners(config),
    limits: config.mqtt.limits,
    ...storageOf(config),
  };
}

function mqttListeners({ listeners }: HubConfig): readonly ListenerConfig[] {
  const { mqtt, mqtts, ws, wss, psk } = listeners;
  const all: readonly (ListenerConfig | undefined)[] = [
    mqtt && { kind: "mqtt", ...mqtt },
    mqtts && { kind: "mqtts", ...mqtts },
    ws && { kind: "ws", ...ws },
    wss && { kind: "wss", ...wss },
    psk && { kind: "psk", ...psk },
  ];
  return all.filter((listener) => listener !== undefined);
}

/** Nothing is stored with `durability: memory`. */
function storageOf({ hub, mqtt }: HubConfig): Pick<BrokerOptions, "storage"> {
  const { durability } = mqtt;
  return durability === "memory" ? {} : { storage: { folder: hub.dataDir, durability } };
}

/** Whoever shares Sparkplug's topics gets whole streams: `seq`, aliases and births of a node mean nothing in parts. */
export function shareStrategy(filter: string): "stickyByPublisher" | "roundRobin" {
  return filter.startsWith("spBv1.0/") ? "stickyByPublisher" : "roundRobin";
}

/** Retained messages of several rooms as those of one; no topic is of two of them. */
export function providedBy(...providers: readonly RetainedProvider[]): RetainedProvider {
  return {
    owns: (topic) => providers.some((provider) => provider.owns(topic)),
    *matching(filter) {
      for (const provider of providers) yield* provider.matching(filter);
    },
  };
}
