// What the bench and its load generator tell each other.

export interface LoadPlan {
  nodesFile: string
  port: number
  /** Which of the fleet's nodes this generator plays; all when not told. */
  nodesFrom?: number
  nodesUntil?: number
  /** Messages a node has unacknowledged at most. */
  window: number
  samples: number
  dtMs: number
  /** Time of the first sample. */
  t0: number
}

/** Commands of the parent, each answered by one message of the same name. */
export type LoadCommand =
  | { do: 'connect' }
  | { do: 'burst'; warmMs: number; measureMs: number }
  /** What is due is sent every `tickMs` (10 when not told): what one node sends in one tick shares a TLS record. */
  | { do: 'pace'; warmMs: number; measureMs: number; periodMs: number; tickMs?: number }
  /** All at once connect with a full handshake and send so many messages of each sensor; ends when all are acknowledged. */
  | { do: 'storm'; messagesPerSensor: number }
  | { do: 'live'; measureMs: number; periodMs: number; outagesPerMinute: number; seed: number }
  | { do: 'counts' }
  | { do: 'answers' }

export interface Measured {
  acked: number
  seconds: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  unacknowledged: number
  broken: number
}

/** A read command that a node got and answered, by the machine's monotonic clock, which its processes share. */
export interface ReadAnswer {
  uid: string
  gotMs: number
  saidMs: number
}

export interface LoadReport {
  connect: { seconds: number }
  burst: Measured
  pace: Measured
  storm: { connectSeconds: number; drainSeconds: number; tries: number; acked: number; unacknowledged: number }
  live: { acked: number; outages: number; unacknowledged: number }
  /** Acknowledged messages by uid, in the order of SENSORS. */
  counts: Record<string, number[]>
  answers: ReadAnswer[]
}

export const SENSORS = [
  ['temp', 'Cel', 21],
  ['rh', '%RH', 60],
  ['co2', 'ppm', 1400],
  ['nh3', 'ppm', 9],
  ['press', 'hPa', 1013],
  ['lux', 'lx', 20],
] as const
