// The weekly test that people are led through: siren, buzzers and every way to every person say "test"; people say what came, and the result is
// kept with its date. An alarm that was never tried is none.
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { TestItem, TestRun } from './alarm-file.ts'
import { callWords } from './call-words.ts'
import type { AlarmEvent, Deliver } from './message.ts'
import type { CallPlan } from './plan.ts'

const DAY_MS = 86_400_000
export const TEST_EVERY_MS = 7 * DAY_MS
/** Nobody answered for so long: it counts as not done. */
const ANSWER_MS = 60 * 60_000
const RUNS_MAX = 20

export interface WeeklyTest {
  /** The newest first. */
  runs(): readonly TestRun[]
  /** None passed within a week. */
  isDue(): boolean
  /** Begins; the items are tried one after the other. BUSY while one runs, DISK. */
  start(by: string, extra: readonly Extra[]): Promise<TestRun>
  /** What people say of an item; the last answer ends the test. BAD_REQUEST, DISK. */
  answer(item: string, heard: boolean): Promise<TestRun>
  tick(): void
}

/** Something to try beside the people's ways: a siren, a ping. */
export interface Extra {
  what: 'siren' | 'buzzer' | 'ping'
  channel: string
}

export function openWeeklyTest(parts: {
  clock: Clock
  log: Log
  deliver: Deliver
  language(): string
  plan(): CallPlan
  note(event: AlarmEvent): void
  runs(): readonly TestRun[]
  keep(runs: TestRun[]): Promise<void>
}): WeeklyTest {
  const { clock, log, keep, note } = parts
  const newest = () => parts.runs().at(-1) ?? null
  const running = () => {
    const run = newest()
    return run?.result === null ? run : null
  }

  const replace = (run: TestRun) => keep([...parts.runs().filter(({ id }) => id !== run.id), run].slice(-RUNS_MAX))

  function withItem(run: TestRun, id: string, change: Partial<TestItem>): TestRun {
    return { ...run, items: run.items.map((item) => (item.id === id ? { ...item, ...change } : item)) }
  }

  async function tryItem(runId: number, item: TestItem): Promise<void> {
    const to = parts
      .plan()
      .people.find(({ id }) => id === item.person)
      ?.ways.find(({ channel }) => channel === item.channel)?.to
    const words = callWords(parts.language())
    const message = {
      id: `test.${runId}.${item.id}`,
      subject: words.testSubject,
      text: words.test,
      severity: 'test' as const,
    }
    const reason = await parts.deliver(item.channel, to ?? '', message)
    const run = parts.runs().find(({ id }) => id === runId)
    if (run) await replace(withItem(run, item.id, { state: reason === null ? 'sent' : 'failed', reason }))
  }

  async function finish(run: TestRun, result: NonNullable<TestRun['result']>): Promise<TestRun> {
    const done = { ...run, finishedMs: clock.wallMs(), result }
    await replace(done)
    const failed = done.items.filter(({ state, heard }) => state !== 'sent' || heard !== true).map(({ id }) => id)
    note({ event: 'test', result, by: run.by, items: done.items.length, failed })
    return done
  }

  return {
    runs: () => parts.runs().toReversed(),
    isDue: () =>
      !parts
        .runs()
        .some(({ result, finishedMs }) => result === 'passed' && clock.wallMs() - finishedMs! < TEST_EVERY_MS),
    async start(by, extra) {
      if (running()) throw new RoostError('BUSY', 'a test runs already: answer it first')
      const begun = { state: 'running', reason: null, heard: null } as const
      const items: TestItem[] = [
        ...extra.map(({ what, channel }) => ({ id: channel, what, channel, person: null, ...begun })),
        ...parts
          .plan()
          .people.filter(({ enabled }) => enabled)
          .flatMap(({ id, ways }) =>
            ways.map(({ channel }) => ({
              id: `${id}.${channel}`,
              what: 'call' as const,
              channel,
              person: id,
              ...begun,
            })),
          ),
      ]
      if (items.length === 0) throw new RoostError('BAD_REQUEST', 'there is nothing to test: no channel and no person')
      const run: TestRun = {
        id: (newest()?.id ?? 0) + 1,
        startedMs: clock.wallMs(),
        by,
        items,
        finishedMs: null,
        result: null,
      }
      await replace(run)
      void (async () => {
        for (const item of items) await tryItem(run.id, item)
      })().catch((error) => log.error('alarm-test-failed', errorFields(error)))
      return run
    },
    async answer(id, heard) {
      const run = running()
      if (!run?.items.some((item) => item.id === id))
        throw new RoostError('BAD_REQUEST', `no test asks for "${id}" now`)
      const told = withItem(run, id, { heard })
      if (told.items.some((item) => item.heard === null)) {
        await replace(told)
        return told
      }
      return finish(
        told,
        told.items.every((item) => item.heard === true && item.state === 'sent') ? 'passed' : 'failed',
      )
    },
    tick() {
      const run = running()
      if (!run || Math.abs(clock.wallMs() - run.startedMs) < ANSWER_MS) return
      finish(run, 'unfinished').catch((error) => log.error('alarm-test-failed', errorFields(error)))
    },
  }
}
