// The weekly test: everything that calls says "test", and people say what came.
import type { TestRun, TestsDto } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export interface WeeklyTest extends Wishes {
  readonly tests: Asked<TestsDto>
  start(): Promise<void>
  answer(item: string, heard: boolean): Promise<void>
}

/** The test that waits for answers; null when none does. Pure. */
export const runningOf = ({ runs }: TestsDto): TestRun | null => runs.find(({ result }) => result === null) ?? null

/** Something of it is still being tried, so that the page asks again soon. Pure. */
export const isTrying = (run: TestRun | null): boolean => run?.items.some(({ state }) => state === 'running') ?? false

export function createWeeklyTest(ask: Ask): WeeklyTest {
  const tests = createAsked<TestsDto>(ask, '/alarms/test')
  const wishes = createWishes(ask)
  async function change(path: string, body?: unknown) {
    const answer = await wishes.send<TestsDto>('POST', path, body)
    if (answer !== null && answer !== true) tests.set(answer)
  }
  return {
    ...wishes,
    tests,
    start: () => change('/alarms/test', {}),
    answer: (item, heard) => change('/alarms/test/answer', { item, heard }),
  }
}
