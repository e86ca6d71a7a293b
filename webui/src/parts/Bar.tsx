// The bar with the way home, the state of the connection and the theme; at the thumb on phones, on top elsewhere.
import { useLocation } from 'preact-iso'
import { NEXT_THEME } from '../models/theme.ts'
import { useApp, useText } from './context.ts'
import {
  BellIcon,
  BirdIcon,
  BrandIcon,
  ContrastIcon,
  CourseIcon,
  HousesIcon,
  MoonIcon,
  MoreIcon,
  SunIcon,
} from './icons.tsx'

const THEME_ICON = { light: SunIcon, dark: MoonIcon, sunlight: ContrastIcon }

const PLACES = [
  { id: 'houses', href: '/', Icon: HousesIcon },
  { id: 'alarms', href: '/alarms', Icon: BellIcon },
  { id: 'charts', href: '/charts', Icon: CourseIcon },
  { id: 'flocks', href: '/flocks', Icon: BirdIcon },
  { id: 'more', href: '/more', Icon: MoreIcon },
] as const

/** The page itself, or one below it. */
const isAt = (path: string, href: string) => path === href || (href !== '/' && path.startsWith(`${href}/`))

export function Bar() {
  const { stream, theme, alarms } = useApp()
  const text = useText()
  const { path } = useLocation()
  const state = stream.state.value.kind
  const unseen = alarms.unseen.value.length
  const next = NEXT_THEME[theme.theme.value]
  const ThemeIcon = THEME_ICON[next]
  return (
    <header class="bar">
      <span class="brand">
        <BrandIcon />
        {text.brand}
      </span>
      <nav aria-label={text.bar.label}>
        {PLACES.map(({ id, href, Icon }) => (
          <a key={id} class="bar-item" href={href} aria-current={isAt(path, href) ? 'page' : undefined}>
            <Icon />
            <span class="bar-name">{text.bar.places[id]}</span>
            {id === 'alarms' && unseen > 0 && <span class="count">{unseen}</span>}
          </a>
        ))}
      </nav>
      <span class="link-state" data-state={state}>
        {text.stream[state]}
      </span>
      <button
        type="button"
        class="bar-item bar-theme"
        aria-label={text.bar.toTheme[next]}
        onClick={() => theme.toggle()}
      >
        <ThemeIcon />
        <span class="wide-only">{text.bar.theme[next]}</span>
      </button>
    </header>
  )
}
