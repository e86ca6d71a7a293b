// Light, dark or sunlight (highest contrast): as the device says until staff choose otherwise; the choice stays on this device.
import { computed, type ReadonlySignal, signal } from '@preact/signals'

export const THEMES = ['light', 'dark', 'sunlight'] as const
export type Theme = (typeof THEMES)[number]

/** What one press of the button chooses after `theme`. */
export const NEXT_THEME: Readonly<Record<Theme, Theme>> = { light: 'dark', dark: 'sunlight', sunlight: 'light' }

export interface ThemeModel {
  readonly theme: ReadonlySignal<Theme>
  toggle(): void
  choose(theme: Theme): void
}
/** Where the choice is kept; the browser's storage, or nothing where that is forbidden. */
export interface ChoiceStore {
  get(): string | null
  set(value: string): void
}

export function createTheme(store: ChoiceStore, deviceIsDark: ReadonlySignal<boolean>): ThemeModel {
  const kept = store.get()
  const choice = signal<Theme | null>(THEMES.find((theme) => theme === kept) ?? null)
  const theme = computed<Theme>(() => choice.value ?? (deviceIsDark.value ? 'dark' : 'light'))
  function choose(next: Theme) {
    choice.value = next
    store.set(next)
  }
  return { theme, choose, toggle: () => choose(NEXT_THEME[theme.value]) }
}

export function browserChoiceStore(key: string): ChoiceStore {
  // Reading localStorage throws where a browser forbids it.
  return {
    get() {
      try {
        return localStorage.getItem(key)
      } catch {
        return null
      }
    },
    set(value) {
      try {
        localStorage.setItem(key, value)
      } catch {
        // The choice holds until the page is closed.
      }
    },
  }
}
