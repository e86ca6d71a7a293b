// The bar with the way home, the state of the connection and the theme; at the thumb on phones, on top elsewhere.
import { useLocation } from 'preact-iso'
import { useApp, useText } from './context.ts'
import { BellIcon, BrandIcon, HousesIcon, MoonIcon, SunIcon } from './icons.tsx'

export function Bar() {
  const { stream, theme, alarms } = useApp()
  const text = useText()
  const { path } = useLocation()
  const state = stream.state.value.kind
  const unseen = alarms.unseen.value.length
  const isDark = theme.theme.value === 'dark'
  return (
    <header class="bar">
      <span class="brand">
        <BrandIcon />
        {text.brand}
      </span>
      <nav aria-label={text.bar.label}>
        <a class="bar-item" href="/" aria-current={path === '/' ? 'page' : undefined}>
          <HousesIcon />
          {text.bar.houses}
        </a>
        <a class="bar-item" href="/alarms" aria-current={path === '/alarms' ? 'page' : undefined}>
          <BellIcon />
          {text.alarms.link}
          {unseen > 0 && <span class="count">{unseen}</span>}
        </a>
      </nav>
      <span class="link-state" data-state={state}>
        {text.stream[state]}
      </span>
      <button
        type="button"
        class="bar-item"
        aria-label={isDark ? text.bar.toLight : text.bar.toDark}
        onClick={() => theme.toggle()}
      >
        {isDark ? <SunIcon /> : <MoonIcon />}
        <span class="wide-only">{isDark ? text.bar.light : text.bar.dark}</span>
      </button>
    </header>
  )
}
