/**
 * What the black box costs by itself: packets of 200 bytes, as the broker shows them to it, in runs as they lie in read
 * buffers. Nanoseconds per packet; without sockets, so that nothing else is in them.
 */
import { BlackBox } from "../hub/src/blackbox/index.ts";
import { measure, type Row } from "./measure.ts";

const PACKET_BYTES = 200;
const PACKETS_A_ROUND = 32_000;

function rowOf(packetsARun: number): Row {
  const box = new BlackBox({
    hubId: "bench",
    maxBytes: 8 * 1024 * 1024,
    keepMs: 600_000,
    redact: [],
    now: () => Date.now(),
  });
  const bytes = Buffer.alloc(packetsARun * PACKET_BYTES, 1);
  let count = 0;
  return measure({
    what: `a packet of ${PACKET_BYTES} B, ${packetsARun} a read`,
    ours: () => {
      count += 1;
      if (count % packetsARun === 0) box.packets(1, bytes, 0, bytes.length);
    },
    peer: undefined,
    target: undefined,
    repeat: PACKETS_A_ROUND,
  });
}

export function blackBoxCost(): readonly Row[] {
  return [1, 8, 32, 320].map(rowOf);
}
