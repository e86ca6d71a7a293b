// What to do while no node is known.
import { useEffect, useMemo } from 'preact/hooks'
import { createAsk } from '../../models/ask.ts'
import { createFarmSettings, firstNodePath } from '../../models/farm-settings.ts'
import { useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'

export function EmptyFarm() {
  const text = useText()
  const farm = useMemo(() => createFarmSettings(createAsk((...request) => fetch(...request))), [])
  useEffect(() => void farm.reload(), [farm])
  return (
    <Notice title={text.overview.emptyTitle}>
      <p>{text.overview.emptyBody}</p>
      <p>
        <a class="button" href={firstNodePath(farm.settings.value)}>
          {text.addNode.link}
        </a>
      </p>
      <p>{text.overview.emptyByHand}</p>
      <ol class="steps">
        {text.overview.emptySteps.map((step, index) => (
          <li key={step}>
            {step}
            {index === 0 && <code>{text.overview.emptyCommand}</code>}
          </li>
        ))}
      </ol>
    </Notice>
  )
}
