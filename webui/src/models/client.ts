// Questions to the hub over HTTP.
import type { SeriesDto } from '../../../hub/api/contract.ts'
import type { GiveTime } from './hub-time.ts'
import type { LoadSeries } from './series.ts'

/** GET /api/v1/series/{uid}/{sensor}; rejects when the hub does not answer or says no. A series without any value yet is empty. */
export const createSeriesClient =
  (fetchUrl: typeof fetch): LoadSeries =>
  async (uid, sensor, fromMs, toMs, points, signal) => {
    const path = `/api/v1/series/${encodeURIComponent(uid)}/${encodeURIComponent(sensor)}`
    const query = `from=${Math.floor(fromMs)}&to=${Math.ceil(toMs)}&points=${points}`
    const response = await fetchUrl(`${path}?${query}`, { signal })
    if (!response.ok) throw new Error(`the hub answered ${response.status} for ${path}`)
    return (await response.json()) as SeriesDto
  }

/** POST /api/v1/clock; rejects when the hub does not answer or says no. */
export const createTimeClient =
  (fetchUrl: typeof fetch): GiveTime =>
  async (tMs) => {
    const response = await fetchUrl('/api/v1/clock', { method: 'POST', body: JSON.stringify({ tMs: Math.round(tMs) }) })
    if (!response.ok) throw new Error(`the hub answered ${response.status} for its clock`)
  }
