import { expect, test } from 'vitest'
import { DEFAULT_PLAN, peopleOf } from '../../../hub/alarms/plan.ts'
import type { CallPlan, ChannelDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask, Sent } from './ask.ts'
import { addStep, canReach, createCallPlan, movePerson, personId, storyOf } from './call-plan.ts'

const person = (id: string, isReachable = true) => ({
  id,
  name: id,
  enabled: true,
  ways: isReachable
    ? [{ channel: 'sms', to: '+49' }]
    : [
        { channel: 'sms', to: '' },
        { channel: 'gone', to: 'x' },
      ],
})
const CHANNELS = [{ id: 'sms', kind: 'sms', name: 'SMS', enabled: true, fault: null }] as ChannelDto[]
const plan: CallPlan = { ...DEFAULT_PLAN, people: [person('anna'), person('jonas'), person('mia', false)] }

test('the story names whom the hub would call, step by step', () => {
  const plans: CallPlan[] = [
    plan,
    { ...plan, people: [] },
    { ...plan, people: [person('anna', false), person('jonas')] },
    { ...plan, steps: [{ afterMs: 0, who: [3] }] },
    { ...plan, steps: [{ afterMs: 0, who: [9] }] },
  ]
  for (const each of plans) {
    const people = each.people.map((own) => ({ ...own, ways: own.ways.filter((way) => canReach(way, CHANNELS)) }))
    const byHub = each.steps.map((_, index) => peopleOf({ ...each, people }, index).map(({ name }) => name))
    expect(storyOf(each, CHANNELS).map(({ names }) => names)).toEqual(byHub)
  }
})

test('ids are made of names and are nobody else’s', () => {
  expect([personId('Änne Müller', []), personId('Anna', ['anna', 'anna-2']), personId('李', [])]).toEqual([
    'anne-muller',
    'anna-3',
    'person',
  ])
})

test('people change places, and steps follow the places', () => {
  expect(movePerson(plan, 1, -1).people.map(({ id }) => id)).toEqual(['jonas', 'anna', 'mia'])
  expect(movePerson(plan, 0, -1)).toEqual(plan)
  expect(addStep(plan).steps.at(-1)).toEqual({ afterMs: 15 * 60_000, who: 'all' })
})

test('what was changed stays on the page when the hub refuses it, and is saved when it does not', async () => {
  let answer: Sent<unknown> = { ok: false, problem: 'the steps must come one after the other' }
  const ask: Ask = {
    get: async <T>(path: string) => (path === '/alarms/plan' ? plan : { channels: [] }) as T,
    send: async <T>() => answer as Sent<T>,
  }
  const model = createCallPlan(ask)
  await model.reload()
  model.addPerson('Ben')
  await model.save()
  expect([model.problem.value, model.isChanged.value, model.draft.value?.people.length]).toEqual([
    'the steps must come one after the other',
    true,
    4,
  ])
  answer = { ok: true, answer: model.draft.value }
  await model.save()
  expect([model.problem.value, model.isChanged.value, model.isDone.value]).toEqual([null, false, true])
})
