// Screens that are loaded when somebody first goes there: the first screen needs none of their code.
import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Permission } from '../../../hub/api/contract.ts'
import { BackToMore } from './Back.tsx'
import { useText } from './context.ts'
import { Notice } from './Notice.tsx'
import { useMay } from './Only.tsx'
import { Page } from './Page.tsx'

/** A component that stands for one that is still to be loaded. */
export interface Later<P> extends FunctionComponent<P> {
  /** Never rejects: who has no network now tries again when it is needed. */
  preload(): Promise<void>
}

/** `sees`: what one must be allowed in order to look at it. */
export function later<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
  sees: Permission = 'farm.read',
): Later<P> {
  let Found: FunctionComponent<P> | null = null
  const fetched = () =>
    load().then((component) => {
      Found = component
    })

  function LaterScreen(props: P) {
    const isSeen = useMay(sees)
    const [isFailed, setFailed] = useState(false)
    const [, setFound] = useState(Found !== null)
    useEffect(() => {
      if (Found) return
      let isGone = false
      fetched().then(
        () => isGone || setFound(true),
        () => isGone || setFailed(true),
      )
      return () => {
        isGone = true
      }
    }, [])
    if (!isSeen) return <NotSeen />
    if (Found) return <Found {...props} />
    return isFailed ? <NotLoaded /> : <Loading />
  }
  LaterScreen.preload = () => fetched().catch(() => {})
  return LaterScreen
}

function NotSeen() {
  const { asked } = useText()
  return (
    <Page title={asked.notSeen} before={<BackToMore />}>
      {null}
    </Page>
  )
}

/** The shape of what comes. */
const Loading = () => (
  <main id="content" class="page" aria-busy="true">
    <div class="skeleton" aria-hidden="true">
      <div class="bone bone-title" />
      <div class="bone bone-hero" />
      <div class="bone bone-row" />
    </div>
  </main>
)

/** The box was updated meanwhile and has other files, or there is no network. */
function NotLoaded() {
  const { later } = useText()
  return (
    <Page title={later.title}>
      <Notice title={later.failed}>
        <p>{later.why}</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          {later.again}
        </button>
      </Notice>
    </Page>
  )
}
