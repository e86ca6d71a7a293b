// What to do while no node is known.
import { useText } from '../../parts/context.ts'
import { Notice } from '../../parts/Notice.tsx'

export function EmptyFarm() {
  const text = useText()
  return (
    <Notice title={text.overview.emptyTitle}>
      <p>{text.overview.emptyBody}</p>
      <p>
        <a class="button" href="/add">
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
