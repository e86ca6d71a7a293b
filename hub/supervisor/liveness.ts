// Liveness of one device from the times of its messages: never-seen → online → late → offline (R-SUP-01), pure.

export const LIVENESS = ['never-seen', 'online', 'late', 'offline'] as const
export type Liveness = (typeof LIVENESS)[number]
