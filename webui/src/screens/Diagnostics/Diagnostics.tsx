// What an installer looks at when a node does not do what it should.
import { useText } from '../../parts/context.ts'
import { BackIcon } from '../../parts/icons.tsx'
import { Page } from '../../parts/Page.tsx'
import { RefusedMessages } from './RefusedMessages.tsx'

export function Diagnostics() {
  const text = useText()
  const back = (
    <a class="back" href="/">
      <BackIcon />
      {text.node.back}
    </a>
  )
  return (
    <Page title={text.diagnostics.title} before={back}>
      <RefusedMessages />
    </Page>
  )
}
