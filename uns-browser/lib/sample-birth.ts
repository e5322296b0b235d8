/**
 * A command line that publishes one edge node birth with one metric, for the empty page: the quickest proof that the
 * way from MQTT to this screen works. Octal escapes, because that is what every shell's `printf` understands.
 */

const UINT64 = 8;
const FLOAT = 9;

export function sampleBirthCommand(
  { host, port }: { readonly host: string; readonly port: number },
  nowMs: number,
): string {
  const octal = [...sampleBirth(nowMs)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
  const topic = "spBv1.0/Demo/NBIRTH/by-hand";
  return `printf '${octal.join("")}' | mosquitto_pub -h ${host} -p ${port} -t ${topic} -s`;
}

/** Sparkplug payload: timestamp (field 1), metrics bdSeq and Temperature (field 2), seq 0 (field 3). */
export function sampleBirth(nowMs: number): Uint8Array {
  const bdSeq = metric("bdSeq", nowMs, [0x20, UINT64, 0x58, 0]);
  const temperature = metric("Temperature", nowMs, [0x20, FLOAT, 0x65, ...float32(21.5)]);
  return Uint8Array.from([0x08, ...varint(nowMs), ...bdSeq, ...temperature, 0x18, 0]);
}

/** @param typeAndValue the fields after name and timestamp, already encoded */
function metric(name: string, nowMs: number, typeAndValue: readonly number[]): readonly number[] {
  const nameBytes = new TextEncoder().encode(name);
  const fields = [0x0a, nameBytes.length, ...nameBytes, 0x18, ...varint(nowMs), ...typeAndValue];
  return [0x12, fields.length, ...fields];
}

/** Seven bits a byte, low ones first; arithmetic because milliseconds need more than 32 bits. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

function float32(value: number): readonly number[] {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [...bytes];
}
