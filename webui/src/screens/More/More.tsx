// Everything that is not looked at every day, by what it is about.
import { useText } from '../../parts/context.ts'
import { Page } from '../../parts/Page.tsx'
import { PLACES } from './places.ts'

export function More() {
  const text = useText()
  return (
    <Page title={text.more.title}>
      <div class="more">
        {PLACES.map(({ group, places }) => (
          <section key={group} class="panel" aria-labelledby={`more-${group}`}>
            <h2 id={`more-${group}`}>{text.more.groups[group]}</h2>
            <ul class="more-list">
              {places.map(({ id, href }) => (
                <li key={id}>
                  <a href={href}>
                    <strong>{text.more.places[id].name}</strong>
                    <span>{text.more.places[id].note}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Page>
  )
}
