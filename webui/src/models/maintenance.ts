// What will fail soon and which diagnostics come: asked when the page opens and when staff ask again.
import type { DiagnosticsDto, MaintenanceDto } from '../../../hub/api/contract.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export interface MaintenanceModel extends Wishes {
  readonly found: Asked<MaintenanceDto>
  readonly codes: Asked<DiagnosticsDto>
  reload(): Promise<unknown>
  /** Has the hub look at every house now. */
  look(): Promise<void>
}

export function createMaintenance(ask: Ask): MaintenanceModel {
  const found = createAsked<MaintenanceDto>(ask, '/maintenance')
  const codes = createAsked<DiagnosticsDto>(ask, '/maintenance/diagnostics')
  const wishes = createWishes(ask)
  const reload = () => Promise.all([found.reload(), codes.reload()])
  return {
    ...wishes,
    found,
    codes,
    reload,
    async look() {
      await wishes.send('POST', '/maintenance/look')
      await reload()
    },
  }
}
