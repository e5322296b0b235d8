/**
 * Looks at each packet that was parsed before aedes does.
 *
 * Traps: a SUBSCRIBE of several filters, one of them `__proto__`, ends the process (A3); one illegal filter is stored
 * in the session before it is found, and then locks its client out for good; an exception while parsing ends the process.
 */
import type { Packet } from "mqtt-packet";
import { refusal } from "../connack.ts";
import { isTopicFilter, isTopicName } from "../topic.ts";
import type { Violation } from "../violation.ts";
import type { Connection } from "./connection.ts";
import { parserOf } from "./internals.ts";

/** Puts the gate between the parser of the connection and aedes; `arriving` is told of each packet before all else. */
export function guardPackets(connection: Connection, arriving: () => void): void {
  const parser = parserOf(connection.client);
  const handlers = parser.listeners("packet");
  parser.removeAllListeners("packet");
  parser.on("packet", (packet: Packet) => {
    arriving();
    if (connection.isEnding) return;
    const violation = packetProblem(packet);
    if (violation !== undefined) connection.violate(violation);
    else for (const handle of handlers) handle.call(parser, packet);
  });
  parser.prependListener("error", (error: Error) => {
    if (error.message === "Invalid protocol version") {
      connection.refuse(refusal(4, 0x84, error.message)); // [MQTT311-3.1.2-2]
    } else connection.violate({ reasonCode: 0x81, because: error.message });
  });
  const parse = parser.parse.bind(parser);
  parser.parse = (bytes) => {
    try {
      return parse(bytes);
    } catch (cause) {
      connection.violate({ reasonCode: 0x81, because: `it could not be read: ${String(cause)}` });
      return 0;
    }
  };
}

/** What is wrong with a packet by itself; `undefined` when nothing is. */
function packetProblem(packet: Packet): Violation | undefined {
  if (packet.cmd === "publish") return publishProblem(packet);
  if (packet.cmd === "subscribe") {
    return filtersProblem(packet.subscriptions.map(({ topic }) => topic));
  }
  if (packet.cmd === "unsubscribe") return filtersProblem(packet.unsubscriptions);
  return undefined; // the frame gate has let through only what a client may send
}

function publishProblem(packet: Extract<Packet, { cmd: "publish" }>): Violation | undefined {
  const { topic, qos, messageId, properties } = packet;
  if (qos > 0 && messageId === 0) return { reasonCode: 0x82, because: "packet identifier 0" }; // [MQTT5-2.2.1-3]
  // Empty with a topic alias: aedes knows the aliases of the connection, and answers 0x94.
  if (topic === "" && properties?.topicAlias !== undefined) return undefined;
  if (!isTopicName(topic))
    return { reasonCode: 0x90, because: `illegal topic name ${quoted(topic)}` };
  const responseTopic = properties?.responseTopic;
  if (responseTopic === undefined || isTopicName(responseTopic)) return undefined;
  return { reasonCode: 0x82, because: `illegal response topic ${quoted(responseTopic)}` }; // [MQTT5-3.3.2-14]
}

function filtersProblem(filters: readonly string[]): Violation | undefined {
  const illegal = filters.find((filter) => !isTopicFilter(filter));
  if (illegal !== undefined) {
    return { reasonCode: 0x8f, because: `illegal topic filter ${quoted(illegal)}` };
  }
  // Alone it is a filter like any other; among others aedes breaks on it.
  if (filters.length > 1 && filters.includes("__proto__")) {
    return { reasonCode: 0x8f, because: 'topic filter "__proto__" among others' };
  }
  return undefined;
}

/** Text from the wire, fit for a log line. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
