/** A serial port on which simulated units answer; mostly one end of a pair of pseudo-terminals. */
import { systemClock } from "../clock.ts";
import type { Carrier } from "../wire/carrier.ts";
import type { SerialLinkConfig } from "../wire/link-config.ts";
import type { LinkContext } from "../wire/link.ts";
import { serialOpener } from "../wire/serial/open-serial.ts";
import type { Line, Responder } from "./line.ts";
import type { LineServer } from "./tcp-server.ts";

/** Opens the port. @throws {ModbusError} when that cannot be. */
export async function serveSerial(
  config: SerialLinkConfig,
  context: Pick<LinkContext, "log" | "now">,
  responderOf: (line: Line) => Responder,
): Promise<LineServer> {
  let carrier: Carrier | undefined;
  const timers = new Set<NodeJS.Timeout>();
  const responder = responderOf({
    write: (bytes) => carrier?.write(bytes),
    writeLater: (bytes, ms) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        carrier?.write(bytes);
      }, ms);
      timers.add(timer);
    },
  });
  const open = serialOpener(config, { ...context, clock: systemClock });
  const events = {
    received: (bytes: Uint8Array, length: number) => responder.received(bytes, length),
    closed: (cause: Error) => {
      carrier = undefined;
      context.log.warn({ port: config.path, cause }, "simulated line lost");
    },
  };
  const opened = await open(events, new AbortController().signal);
  carrier = opened;
  return {
    address: config.path,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      carrier = undefined;
      await opened.close();
    },
  };
}
