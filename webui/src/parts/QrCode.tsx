// A text as a QR code, drawn here: dark on white in every theme, because cameras want it so.
import { useMemo } from 'preact/hooks'
import { qrOf } from '../format/qr.ts'

/** Light modules around the code, which readers need. */
const QUIET = 4

export function QrCode({ text, label }: { text: string; label: string }) {
  const modules = useMemo(() => qrOf(text), [text])
  if (!modules) return null
  const size = modules.length + 2 * QUIET
  const path = modules
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')))
    .join('')
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} class="qr-light" />
      <path d={path} class="qr-dark" />
    </svg>
  )
}
