/** The lies of the hostile suite that a device on a serial line can tell. */
import { liveWord } from "./modbus-live-values.ts";
import { LIES } from "./modbus-live-server.ts";
import type { Behaviour } from "./modbus-hostile.ts";

/** On a wire nobody ends a connection, and our own engine cannot know a copy that comes later than t3.5. */
export const LIES_ON_A_WIRE = LIES.filter(
  ({ name, framings }) => framings.includes("rtu") && !/FIN|RST|duplicate/.test(name),
);

/** `behave` with registers that say of which request they are, as `openLiveServer` does it for a socket. */
export function withTruth(behave: Behaviour): Behaviour {
  return (request) => {
    const { number, unit } = request;
    const word = (table: "hr" | "ir", address: number): number =>
      liveWord({ unit, table, address: address & 0xff, stamp: number });
    behave({ ...request, word });
  };
}
