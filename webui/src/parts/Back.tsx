// The way back to where a page belongs.
import { useText } from './context.ts'
import { BackIcon } from './icons.tsx'

export const Back = ({ href, children }: { href: string; children: string }) => (
  <a class="back" href={href}>
    <BackIcon />
    {children}
  </a>
)

export const BackToAlarms = () => <Back href="/alarms">{useText().alarms.title}</Back>
export const BackToMore = () => <Back href="/more">{useText().more.title}</Back>
