// Fingers, mouse and wheel on a drawing: one finger or the mouse moves it, two fingers or the wheel make it longer or shorter.
import { moved, type Stretch, scaled } from '../models/charts-window.ts'

export interface Movable {
  stretch(): Stretch
  /** The chart was clicked or reached by the keyboard: the wheel is for it and not for the page. */
  isAwake(): boolean
  move(stretch: Stretch, isDone: boolean): void
}

/** A tap of an unsteady finger is no drag. */
const STILL_PX = 8
const WHEEL_PER_PX = 0.002
/** The wheel has no end of its own. */
const WHEEL_DONE_MS = 200

/** Follows the pointers over `over` until the returned function is called. */
export function followFingers(over: HTMLElement, { stretch, isAwake, move }: Movable): () => void {
  const fingers = new Map<number, number>()
  let start: { stretch: Stretch; middlePx: number; apartPx: number } | null = null
  let isMoving = false
  let frame = 0
  let wheelTimer = 0

  const middleOf = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length
  const apartOf = (xs: readonly number[]) => (xs.length > 1 ? Math.max(24, Math.abs(xs[0]! - xs[1]!)) : 1)
  /** From here on is counted: again with each finger that comes or goes. */
  function begin() {
    const xs = [...fingers.values()]
    start = xs.length === 0 ? null : { stretch: stretch(), middlePx: middleOf(xs), apartPx: apartOf(xs) }
  }

  function follow() {
    frame = 0
    if (!start || fingers.size === 0) return
    const xs = [...fingers.values()]
    const middlePx = middleOf(xs)
    if (!isMoving && xs.length === 1 && Math.abs(middlePx - start.middlePx) < STILL_PX) return
    isMoving = true
    const box = over.getBoundingClientRect()
    const share = (start.middlePx - box.left) / box.width
    const zoomed = scaled(start.stretch, start.apartPx / apartOf(xs), share)
    move(moved(zoomed, (start.middlePx - middlePx) / box.width), false)
  }

  function down(event: PointerEvent) {
    if (event.pointerType === 'mouse' && event.button !== 0) return
    fingers.set(event.pointerId, event.clientX)
    begin()
  }
  function moveFinger(event: PointerEvent) {
    if (!fingers.has(event.pointerId)) return
    fingers.set(event.pointerId, event.clientX)
    if (isMoving && !over.hasPointerCapture(event.pointerId)) over.setPointerCapture(event.pointerId)
    frame ||= requestAnimationFrame(follow)
  }
  function up(event: PointerEvent) {
    if (!fingers.delete(event.pointerId)) return
    begin()
    if (fingers.size > 0 || !isMoving) return
    isMoving = false
    move(stretch(), true)
  }
  function wheel(event: WheelEvent) {
    const isZoom = event.ctrlKey || event.metaKey || (isAwake() && Math.abs(event.deltaY) > Math.abs(event.deltaX))
    const isSideways = !isZoom && Math.abs(event.deltaX) > Math.abs(event.deltaY)
    if (!isZoom && !isSideways) return
    event.preventDefault()
    const box = over.getBoundingClientRect()
    const next = isZoom
      ? scaled(stretch(), Math.exp(event.deltaY * WHEEL_PER_PX), (event.clientX - box.left) / box.width)
      : moved(stretch(), event.deltaX / box.width)
    move(next, false)
    clearTimeout(wheelTimer)
    wheelTimer = window.setTimeout(() => move(stretch(), true), WHEEL_DONE_MS)
  }

  over.addEventListener('pointerdown', down)
  over.addEventListener('pointermove', moveFinger)
  over.addEventListener('pointerup', up)
  over.addEventListener('pointercancel', up)
  over.addEventListener('wheel', wheel, { passive: false })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(wheelTimer)
    over.removeEventListener('pointerdown', down)
    over.removeEventListener('pointermove', moveFinger)
    over.removeEventListener('pointerup', up)
    over.removeEventListener('pointercancel', up)
    over.removeEventListener('wheel', wheel)
  }
}
