// What the bench and its load generator tell each other.

export interface LoadPlan {
  nodesFile: string
  port: number
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
  | { do: 'pace'; measureMs: number; periodMs: number }
  | { do: 'counts' }

export interface LoadReport {
  connect: { seconds: number }
  measured: {
    acked: number
    seconds: number
    p50Ms: number
    p99Ms: number
    maxMs: number
    unacknowledged: number
    broken: number
  }
  /** Acknowledged messages by uid, in the order of SENSORS. */
  counts: Record<string, number[]>
}

export const SENSORS = [
  ['temp', 'Cel', 21],
  ['rh', '%RH', 60],
  ['co2', 'ppm', 1400],
  ['nh3', 'ppm', 9],
  ['press', 'hPa', 1013],
  ['lux', 'lx', 20],
] as const
