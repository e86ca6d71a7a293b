// A part of the page with its heading.
import type { ComponentChildren } from 'preact'

export const Panel = ({ id, title, children }: { id: string; title: string; children: ComponentChildren }) => (
  <section class="panel" aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
)

/** What somebody typed into the field of this name. */
export function typed(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}
