// The few pictures of the page, drawn with the text's colour; all are decoration beside words.
import type { ComponentChildren } from 'preact'
import type { NodeModel } from '../models/farm.ts'

const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
    {children}
  </svg>
)

export const BrandIcon = () => (
  <Icon>
    <path d="M3 12 12 6l9 6" />
    <path class="perch" d="M7 18h10" />
  </Icon>
)
export const HousesIcon = () => (
  <Icon>
    <path d="M2.5 12 12 5.5l9.5 6.5M5 11v8h14v-8M9.5 19v-4.5h5V19" />
  </Icon>
)
export const BellIcon = () => (
  <Icon>
    <path d="M6 17h12l-1.5-2.5V10a4.5 4.5 0 0 0-9 0v4.5ZM10 20h4M12 3v2.5" />
  </Icon>
)
export const CourseIcon = () => (
  <Icon>
    <path d="M3.5 4v16h17M7 15l4-5 3.5 3L20 7" />
  </Icon>
)
export const BirdIcon = () => (
  <Icon>
    <path d="M4 8.5 7 7a4 4 0 0 1 7.5 1.5c0 1 .5 1.5 1.5 1.5h4.5a7 7 0 0 1-7 7h-1A5.5 5.5 0 0 1 7 11.5V9ZM10.5 17v3.5M14 17v3.5M10 7.5v.1" />
  </Icon>
)
export const MoreIcon = () => (
  <Icon>
    <path d="M4 7h16M4 12h16M4 17h16" />
  </Icon>
)
export const MoonIcon = () => (
  <Icon>
    <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z" />
  </Icon>
)
export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7" />
  </Icon>
)
export const ContrastIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 3.5v17M14.5 4.5v15M17 6.5v11" />
  </Icon>
)
export const BackIcon = () => (
  <Icon>
    <path d="M14.5 5 8 12l6.5 7" />
  </Icon>
)
export const CutIcon = () => (
  <Icon>
    <path d="M3 12h5M16 12h5M9.5 8l5 8M14.5 8l-5 8" />
  </Icon>
)

/** Different shapes, so that colour is never the only sign. */
export const LivenessIcon = ({ liveness }: { liveness: NodeModel['liveness'] }) => (
  <svg
    class="mark"
    data-liveness={liveness}
    viewBox="0 0 16 16"
    width="16"
    height="16"
    aria-hidden="true"
    focusable="false"
  >
    {liveness === 'online' && <circle class="solid" cx="8" cy="8" r="5" />}
    {liveness === 'late' && <path d="M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM8 5v3.3l2.2 1.4" />}
    {liveness === 'offline' && <path d="m3.5 3.5 9 9m0-9-9 9" />}
    {liveness === 'never-seen' && <circle class="dashed" cx="8" cy="8" r="5.2" />}
  </svg>
)
