// A designed state in place of content: nothing yet, not found, no answer.
import type { ComponentChildren } from 'preact'

export function Notice(props: { title: string; level?: 2 | 3; children?: ComponentChildren }) {
  const Heading = props.level === 3 ? 'h3' : 'h2'
  return (
    <section class="notice">
      <Heading>{props.title}</Heading>
      {props.children}
    </section>
  )
}
