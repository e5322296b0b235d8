/** What a payload may at most be, before we refuse it. Whoever decodes may lower or raise each of them. */

/** Bounds of a payload; beyond one of them it is refused with PAYLOAD_TOO_LARGE. */
export interface DecodeLimits {
  /** Bytes of a payload; default 64 MiB. MQTT itself ends at 256 MiB. */
  readonly maxBytes: number;
  /** Metrics in one message; default 1 000 000. */
  readonly maxMetrics: number;
  /** Metrics, members, parameters, property sets, keys and values, columns, rows and cells of one message together; default 4 000 000. */
  readonly maxItems: number;
  /** How deep templates and PropertySets may nest; default 32, at most 100, whatever is asked for. */
  readonly maxDepth: number;
}

export const DEFAULT_LIMITS: DecodeLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxMetrics: 1_000_000,
  maxItems: 4_000_000,
  maxDepth: 32,
};

/** No stack of any platform we run on overflows before this. */
const DEEPEST = 100;

/** The defaults, with what was asked for in their place. */
export function limitsWith(asked: Partial<DecodeLimits> | undefined): DecodeLimits {
  if (asked === undefined) return DEFAULT_LIMITS;
  return {
    maxBytes: limitOf("maxBytes", asked),
    maxMetrics: limitOf("maxMetrics", asked),
    maxItems: limitOf("maxItems", asked),
    maxDepth: Math.min(limitOf("maxDepth", asked), DEEPEST),
  };
}

/** Callers without types may ask for anything; against `NaN` nothing would be too much. */
function limitOf(name: keyof DecodeLimits, asked: Partial<DecodeLimits>): number {
  const limit = asked[name] ?? DEFAULT_LIMITS[name];
  return Number.isNaN(limit) ? DEFAULT_LIMITS[name] : limit;
}
