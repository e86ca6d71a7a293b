// Questions to the hub over HTTP.
import type { CoursesDto } from '../../../hub/api/contract.ts'
import type { LoadCourses } from './charts.ts'
import type { GiveTime } from './hub-time.ts'

/** GET /api/v1/courses; rejects when the hub does not answer or says no. A series without any value yet is empty. */
export const createCoursesClient =
  (fetchUrl: typeof fetch): LoadCourses =>
  async (of, { fromMs, toMs }, points, signal) => {
    const names = of.map(({ uid, sensor }) => `${encodeURIComponent(uid)}/${encodeURIComponent(sensor)}`)
    const query = `of=${names.join(',')}&from=${Math.max(0, Math.floor(fromMs))}&to=${Math.ceil(toMs)}&points=${points}`
    const response = await fetchUrl(`/api/v1/courses?${query}`, { signal })
    if (!response.ok) throw new Error(`the hub answered ${response.status} for courses`)
    return ((await response.json()) as CoursesDto).courses
  }

/** POST /api/v1/clock; rejects when the hub does not answer or says no. */
export const createTimeClient =
  (fetchUrl: typeof fetch): GiveTime =>
  async (tMs) => {
    const response = await fetchUrl('/api/v1/clock', { method: 'POST', body: JSON.stringify({ tMs: Math.round(tMs) }) })
    if (!response.ok) throw new Error(`the hub answered ${response.status} for its clock`)
  }
