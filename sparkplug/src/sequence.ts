/** The two counters of Sparkplug, both 0 to 255. */

/**
 * The `seq` that follows `seq`: 0 to 255, then 0 again. NBIRTH starts at 0.
 * [tck-id-payloads-sequence-num-incrementing] [tck-id-topics-nbirth-seq-num]
 */
export function nextSeq(seq: number): number {
  return (seq + 1) % 256;
}

/**
 * The `bdSeq` of the next MQTT CONNECT: one more than that of the last, 255 then 0.
 * [tck-id-topics-nbirth-bdseq-increment]
 */
export function nextBdSeq(bdSeq: number): number {
  return (bdSeq + 1) % 256;
}
