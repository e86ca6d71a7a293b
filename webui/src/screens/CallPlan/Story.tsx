// What would happen if a fan failed at three in the morning: the plan in sentences, so that a hole in it is seen by day.
import type { CallPlan, ChannelDto } from '../../../../hub/api/alarm-dto.ts'
import { storyOf } from '../../models/call-plan.ts'
import { useText } from '../../parts/context.ts'

const MINUTE_MS = 60_000

export function Story({ plan, channels }: { plan: CallPlan; channels: readonly ChannelDto[] }) {
  const text = useText()
  const { callPlan } = text
  const story = storyOf(plan, channels)
  const isNobody = story.every(({ names }) => names.length === 0)
  return (
    <section class="panel" aria-labelledby="call-story">
      <h2 id="call-story">{callPlan.story}</h2>
      {isNobody ? (
        <p class="bad-text">{callPlan.nobody}</p>
      ) : (
        <>
          <ol class="story">
            {story.map(({ afterMs, names, isAll }, index) => (
              <li key={`${index}-${afterMs}`}>
                <strong>{callPlan.after(afterMs / MINUTE_MS)}</strong>{' '}
                {isAll ? callPlan.everybody(text.list(names)) : callPlan.calls(text.list(names))}
              </li>
            ))}
            <li>{callPlan.repeats(plan.repeatMs / MINUTE_MS, (plan.repeatMs * plan.repeatsMax) / (60 * MINUTE_MS))}</li>
            <li>{callPlan.again(plan.againMs / MINUTE_MS)}</li>
          </ol>
          <p class="panel-note">
            {plan.quiet ? callPlan.warningsQuiet(plan.quiet.from, plan.quiet.to) : callPlan.warningsAlways}
          </p>
        </>
      )}
    </section>
  )
}
