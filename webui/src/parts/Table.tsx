// A table that scrolls by itself on a narrow phone, also by the keyboard.
import type { ComponentChildren } from 'preact'

/** `heads`: the words over the columns; `children`: the rows; `isTold`: the label stands over it, where no heading says the same. */
export function Table(props: {
  label: string
  isTold?: boolean
  heads: readonly string[]
  children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={props.label}>
      <table>
        {props.isTold && <caption>{props.label}</caption>}
        <thead>
          <tr>
            {props.heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </section>
  )
}
