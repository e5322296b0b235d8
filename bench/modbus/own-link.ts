/** A link of ours without an adapter, and plain reads for it. */
import { systemClock } from "../../adapters/modbus/src/clock.ts";
import {
  expectedReply,
  openLink,
  type LinkConfig,
  type ModbusLink,
  type WireRequest,
  type WireResult,
} from "../../adapters/modbus/src/wire/index.ts";

const silent = (): void => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Opens a link and waits until it is up. */
export async function openOwnLink(config: LinkConfig): Promise<ModbusLink> {
  const link = openLink(config, { clock: systemClock, log, now: () => Date.now() });
  await new Promise<void>((resolve) => {
    link.watch({
      changed: (state) => {
        if (state === "up") resolve();
      },
    });
    link.start();
  });
  return link;
}

export interface PlainRead {
  readonly start: number;
  readonly registers: number;
  readonly timeoutMs: number;
}

/** A read of holding registers of unit 1. */
export function readOf(
  { start, registers, timeoutMs }: PlainRead,
  done: (request: WireRequest, result: WireResult) => void,
): WireRequest {
  const pdu = Uint8Array.of(3, start >> 8, start & 0xff, registers >> 8, registers & 0xff);
  const request: WireRequest = {
    unit: 1,
    pdu,
    reply: expectedReply(pdu),
    timeoutMs,
    priority: "poll",
    deadline: 0,
    done: (result) => done(request, result),
  };
  return request;
}
