/** What a link counts. Plain numbers that only grow. */

export interface LinkCounters {
  requests: number;
  replies: number;
  exceptions: number;
  timeouts: number;
  /** Answers that came after their time-out. */
  late: number;
  /** TCP: answers with a transaction id that nobody waits for. */
  foreign: number;
  /** Answers of another unit. */
  wrongUnit: number;
  /** Answers that do not fit their request: function, byte count, echo. */
  mismatched: number;
  /** RTU: answers of the right shape with a wrong checksum. */
  crc: number;
  /** RTU: bytes that belong to no frame. */
  noiseBytes: number;
  /** RTU: bytes that came while nothing was asked. */
  unsolicited: number;
  /** RTU: answers that came a second time. */
  duplicates: number;
  /** RTU: exceptions that may belong to an earlier request. */
  inconclusive: number;
  /** RTU: requests sent in another length, so that a late answer cannot be taken for theirs. */
  alternatives: number;
  /** Connections closed because the stream was not Modbus. */
  violations: number;
  connects: number;
  connectFailures: number;
  /** Connections that ended without our wish. */
  lost: number;
  bytesSent: number;
  bytesReceived: number;
}

export function newCounters(): LinkCounters {
  return {
    requests: 0,
    replies: 0,
    exceptions: 0,
    timeouts: 0,
    late: 0,
    foreign: 0,
    wrongUnit: 0,
    mismatched: 0,
    crc: 0,
    noiseBytes: 0,
    unsolicited: 0,
    duplicates: 0,
    inconclusive: 0,
    alternatives: 0,
    violations: 0,
    connects: 0,
    connectFailures: 0,
    lost: 0,
    bytesSent: 0,
    bytesReceived: 0,
  };
}
