// All attacks on the hub, each of a size that is given. What they count is what was tried; what the hub refused, its metrics say.
import { GREEDY } from './greedy.ts'
import { MALFORMED } from './malformed.ts'
import { STRANGERS } from './strangers.ts'
import type { Attack } from './target.ts'

export const ATTACKS: Record<string, Attack> = { ...MALFORMED, ...STRANGERS, ...GREEDY }
