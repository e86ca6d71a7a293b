// One screen: its title in the tab, its heading, and the focus on that heading after a change of screen.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useText } from './context.ts'

/** The browser itself puts the focus right on the first screen. */
let isFirst = true

export function Page(props: {
  title: string
  lead?: ComponentChildren
  before?: ComponentChildren
  children: ComponentChildren
}) {
  const text = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = props.title === text.brand ? text.brand : `${props.title} · ${text.brand}`
  }, [props.title, text])
  useEffect(() => {
    if (!isFirst) heading.current?.focus()
    isFirst = false
  }, [])
  return (
    <main id="content" class="page">
      {props.before}
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.lead}
      </div>
      {props.children}
    </main>
  )
}
