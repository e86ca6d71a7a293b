// An address that leads nowhere.
import { useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'

export function NotFound() {
  const text = useText()
  return (
    <Page title={text.notFound.title}>
      <p>{text.notFound.body}</p>
      <a class="button" href="/">
        {text.notFound.home}
      </a>
    </Page>
  )
}
