// placeholder
export const NODE_STATES = ['boot', 'run', 'degraded', 'updating', 'rescue', 'fault'] as const
export type NodeState = (typeof NODE_STATES)[number]
