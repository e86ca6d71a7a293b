// Firmware of the nodes: what there is, the rollout under way node by node, and those before it.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type {
  CatalogueDto,
  FirmwareDto,
  NodeUpdateDto,
  PlanDto,
  RolloutDto,
  RolloutsDto,
} from '../../../hub/api/ota-dto.ts'
import type { Ask, Sent } from './ask.ts'

export interface UpdatesReady {
  kind: 'ready'
  catalogue: CatalogueDto
  /** Newest first. */
  rollouts: RolloutsDto['rollouts']
  /** What is not over, else the newest; null when there never was one. */
  shown: RolloutDto | null
}
export type UpdatesState = { kind: 'loading' } | { kind: 'error' } | UpdatesReady
/** What the last wish came to. */
export type UpdatesSaid = { ok: true; what: 'added' | 'removed' | 'started' | 'acted' } | { ok: false; why: string }
export type Act = 'pause' | 'resume' | 'retry' | 'halt' | 'cancel'

export interface Wish {
  firmware: string
  /** `site/house`, a uid, or empty for the farm. */
  to: string
  soakMinutes: number
  /** Only at night. */
  isNightly: boolean
}

export interface UpdatesModel {
  readonly state: ReadonlySignal<UpdatesState>
  readonly said: ReadonlySignal<UpdatesSaid | null>
  readonly isBusy: ReadonlySignal<boolean>
  /** True while something moves and the page must ask again soon. */
  readonly isLive: ReadonlySignal<boolean>
  reload(): Promise<void>
  upload(file: Blob): Promise<void>
  remove(id: string): Promise<void>
  start(wish: Wish): Promise<void>
  act(id: string, act: Act): Promise<void>
}

/** 22:00 to 5:00, when birds rest and nobody waits for a value. */
const NIGHT = { fromMinute: 1_320, toMinute: 300 }

export const isOver = ({ state }: Pick<RolloutDto, 'state'>) => state === 'done' || state === 'cancelled'

/** What a rollout sends to the hub. Pure. */
export function bodyOf({ firmware, to, soakMinutes, isNightly }: Wish) {
  const plan: Partial<PlanDto> = { soakMinutes, ...(isNightly ? { window: NIGHT } : {}) }
  const scope = to === '' ? {} : to.startsWith('rn-') ? { uids: [to] } : { house: to }
  return { firmware, ...scope, plan }
}

/** Of all nodes: how many are done, under way, waiting, and in trouble. Pure. */
export function sumUp(nodes: readonly NodeUpdateDto[]) {
  const sum = { done: 0, underWay: 0, waiting: 0, bad: 0 }
  for (const { state, trouble } of nodes) {
    if (trouble !== null || state === 'failed' || state === 'rolled-back' || state === 'wrong-image') sum.bad++
    else if (state === 'confirmed' || state === 'current' || state === 'left-out') sum.done++
    else if (state === 'waiting') sum.waiting++
    else sum.underWay++
  }
  return sum
}

const RANK: Partial<Record<NodeUpdateDto['state'], number>> = { waiting: 2, confirmed: 3, current: 3, 'left-out': 3 }
const rank = ({ state, trouble }: NodeUpdateDto) =>
  trouble !== null || ['failed', 'rolled-back', 'wrong-image'].includes(state) ? 0 : (RANK[state] ?? 1)
/** What is wrong first, then what moves, what waits, what is done. Pure. */
export const inOrder = (nodes: readonly NodeUpdateDto[]): NodeUpdateDto[] => nodes.toSorted((a, b) => rank(a) - rank(b))

/** Firmware that may be given to nodes. Pure. */
export const usable = ({ firmware }: CatalogueDto): FirmwareDto[] => firmware.filter(({ refusal }) => refusal === null)

export function createUpdates({ ask, fetchUrl }: { ask: Ask; fetchUrl: typeof fetch }): UpdatesModel {
  const state = signal<UpdatesState>({ kind: 'loading' })
  const said = signal<UpdatesSaid | null>(null)
  const isBusy = signal(false)

  async function reload() {
    try {
      const [catalogue, { rollouts }] = await Promise.all([
        ask.get<CatalogueDto>('/firmware'),
        ask.get<RolloutsDto>('/rollouts'),
      ])
      const wanted = rollouts.find((rollout) => !isOver(rollout)) ?? rollouts[0]
      const shown = wanted ? await ask.get<RolloutDto>(`/rollouts/${wanted.id}`) : null
      state.value = { kind: 'ready', catalogue, rollouts, shown }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  async function during(what: 'added' | 'removed' | 'started' | 'acted', work: () => Promise<Sent<unknown>>) {
    if (isBusy.value) return
    isBusy.value = true
    said.value = null
    const sent = await work()
    said.value = sent.ok ? { ok: true, what } : { ok: false, why: sent.problem }
    await reload()
    isBusy.value = false
  }
  return {
    state,
    said,
    isBusy,
    reload,
    isLive: computed(() => state.value.kind === 'ready' && state.value.shown !== null && !isOver(state.value.shown)),
    upload: (file) =>
      during('added', async () => {
        try {
          const response = await fetchUrl('/api/v1/firmware', {
            method: 'POST',
            body: file,
          })
          const answer = (await response.json()) as {
            detail?: string
          }
          return response.ok
            ? {
                ok: true,
                answer,
              }
            : {
                ok: false,
                problem: answer.detail ?? '',
              }
        } catch {
          return {
            ok: false,
            problem: '',
          }
        }
      }),
    remove: (id) => during('removed', () => ask.send('DELETE', `/firmware/${id}`)),
    start: (wish) => during('started', () => ask.send('POST', '/rollouts', bodyOf(wish))),
    act: (id, act) => during('acted', () => ask.send('POST', `/rollouts/${id}/${act}`)),
  }
}
