// Who is called when, as it is being changed on the page, and told as a story before it is saved.
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { CallPlan, ChannelDto, ChannelsDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export type Person = CallPlan['people'][number]
export type Step = CallPlan['steps'][number]

/** Kinds that reach a person; the others sound or ping by themselves. */
export const CALLING_KINDS = ['sms', 'email', 'telegram', 'ntfy', 'webhook'] as const
export type CallingKind = (typeof CALLING_KINDS)[number]
export const isCalling = ({ kind }: ChannelDto): boolean => (CALLING_KINDS as readonly string[]).includes(kind)

const MINUTE_MS = 60_000

/** A moment of an escalation: whom it calls, in words that the page says. */
export interface Told {
  afterMs: number
  /** Names; empty: nobody can be called then. */
  names: readonly string[]
  isAll: boolean
}

/** A way that leads somewhere: its channel is there and on, and knows where to. Pure. */
export function canReach({ channel, to }: Person['ways'][number], channels: readonly ChannelDto[]): boolean {
  const known = channels.find(({ id }) => id === channel)
  return known?.enabled === true && isCalling(known) && (known.kind === 'webhook' || to.trim() !== '')
}

const reachable = (plan: CallPlan, channels: readonly ChannelDto[]): Person[] =>
  plan.people.filter(({ enabled, ways }) => enabled && ways.some((way) => canReach(way, channels)))

/** What happens when nobody acknowledges: the steps, as the hub takes them, and only who can be reached. Pure. */
export function storyOf(plan: CallPlan, channels: readonly ChannelDto[]): Told[] {
  const all = reachable(plan, channels)
  return plan.steps.map(({ afterMs, who }) => {
    const named =
      who === 'all' ? [] : who.flatMap((place) => plan.people[place - 1] ?? []).filter((p) => all.includes(p))
    const called = named.length > 0 ? named : all
    return { afterMs, names: called.map(({ name }) => name), isAll: called.length === all.length && all.length > 1 }
  })
}

/** An id that nobody has: `anna`, `anna-2`. Pure. */
export function personId(name: string, taken: readonly string[]): string {
  const plain = name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const slug =
    plain
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 24) || 'person'
  if (!taken.includes(slug)) return slug
  let number = 2
  while (taken.includes(`${slug}-${number}`)) number++
  return `${slug}-${number}`
}

/** People in another order; steps name places, so that they follow the order and not the person. Pure. */
export function movePerson(plan: CallPlan, index: number, by: -1 | 1): CallPlan {
  const people = [...plan.people]
  const [moved] = people.splice(index, 1)
  if (!moved || index + by < 0) return plan
  people.splice(index + by, 0, moved)
  return { ...plan, people }
}

/** One step more, after the last. Pure. */
export function addStep(plan: CallPlan): CallPlan {
  const lastMs = plan.steps.at(-1)?.afterMs ?? 0
  return { ...plan, steps: [...plan.steps, { afterMs: lastMs + 5 * MINUTE_MS, who: 'all' }] }
}

export interface CallPlanModel extends Wishes {
  readonly plan: Asked<CallPlan>
  readonly channels: Asked<ChannelsDto>
  /** As it stands on the page; null until the hub has answered. */
  readonly draft: ReadonlySignal<CallPlan | null>
  readonly isChanged: ReadonlySignal<boolean>
  reload(): Promise<void>
  change(next: (plan: CallPlan) => CallPlan): void
  addPerson(name: string): void
  changePerson(id: string, change: Partial<Person>): void
  removePerson(id: string): void
  save(): Promise<void>
}

export function createCallPlan(ask: Ask): CallPlanModel {
  const plan = createAsked<CallPlan>(ask, '/alarms/plan')
  const channels = createAsked<ChannelsDto>(ask, '/channels')
  const wishes = createWishes(ask)
  const edited = signal<CallPlan | null>(null)
  const draft = computed(() => edited.value ?? (plan.state.value.kind === 'ready' ? plan.state.value.value : null))

  function change(next: (plan: CallPlan) => CallPlan) {
    if (!draft.value) return
    wishes.forget()
    edited.value = next(draft.value)
  }

  return {
    ...wishes,
    plan,
    channels,
    draft,
    isChanged: computed(() => edited.value !== null),
    async reload() {
      await Promise.all([plan.reload(), channels.reload()])
    },
    change,
    addPerson: (name) =>
      change((now) => {
        const id = personId(
          name,
          now.people.map((person) => person.id),
        )
        return { ...now, people: [...now.people, { id, name, enabled: true, ways: [] }] }
      }),
    changePerson: (id, changed) =>
      change((now) => ({
        ...now,
        people: now.people.map((person) => (person.id === id ? { ...person, ...changed } : person)),
      })),
    removePerson: (id) => change((now) => ({ ...now, people: now.people.filter((person) => person.id !== id) })),
    async save() {
      if (!edited.value) return
      const saved = await wishes.send<CallPlan>('PUT', '/alarms/plan', edited.value)
      if (saved === null || saved === true) return
      plan.set(saved)
      edited.value = null
    },
  }
}
