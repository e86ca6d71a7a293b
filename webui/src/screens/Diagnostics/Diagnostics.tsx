// What an installer looks at when a node does not do what it should.
import { BackToMore } from '../../parts/Back.tsx'
import { useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { RefusedMessages } from './RefusedMessages.tsx'

export function Diagnostics() {
  const text = useText()
  return (
    <Page title={text.diagnostics.title} before={<BackToMore />}>
      <RefusedMessages />
    </Page>
  )
}
