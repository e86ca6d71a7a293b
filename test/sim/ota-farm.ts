// What tests of updates need of a hub: a release key that it trusts, releases in its catalogue, rollouts over its API.
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirmwareDto, PlanDto, RolloutDto } from '../../hub/api/ota-dto.ts'
import { makeRelease } from '../../hub/ota/release.ts'
import { type EspImageWish, espImage } from './esp-image.ts'
import { eventually, type HubProcess, runRoost } from './hub-process.ts'

export interface OtaFarm {
  /** The secret of the key that the farm trusts. */
  readonly pem: string
  /** Uploads a release of such an image; throws with what the hub says. */
  add(wish: EspImageWish, notes?: string): Promise<FirmwareDto>
  start(wish: { firmware: string; uids?: string[]; house?: string; plan?: Partial<PlanDto> }): Promise<RolloutDto>
  get(id: string): Promise<RolloutDto>
  act(id: string, act: string): Promise<RolloutDto>
  /** Waits until the rollout, or a node of it, is as wanted. */
  until(id: string, isSo: (rollout: RolloutDto) => boolean, timeoutMs: number, what: string): Promise<RolloutDto>
}

/** Makes a key, lets the farm in `dataDir` trust it (its hub may run), and speaks to whatever hub `hub()` gives. */
export async function openOtaFarm(dir: string, dataDir: string, hub: () => HubProcess): Promise<OtaFarm> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const publicPath = join(dir, 'release.pub.pem')
  await writeFile(publicPath, publicKey.export({ type: 'spki', format: 'pem' }))
  const trusted = await runRoost(['release-key', 'trust', '--public', publicPath, '--data', dataDir])
  if (trusted.code !== 0) throw new Error(trusted.stderr)

  async function call<T>(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<T> {
    const response = await fetch(`${hub().http}/api/v1${path}`, { method, ...(body ? { body } : {}) })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${response.status} ${(answer as { detail: string }).detail}`)
    return answer as T
  }
  const get = (id: string) => call<RolloutDto>('GET', `/rollouts/${id}`)
  return {
    pem,
    add: (wish, notes = '') => call('POST', '/firmware', new Uint8Array(makeRelease(espImage(wish), notes, pem))),
    start: (wish) => call('POST', '/rollouts', JSON.stringify(wish)),
    get,
    act: (id, act) => call('POST', `/rollouts/${id}/${act}`),
    async until(id, isSo, timeoutMs, what) {
      let last: RolloutDto | null = null
      try {
        return await eventually(
          async () => {
            last = await get(id).catch(() => last)
            return last !== null && isSo(last) ? last : null
          },
          timeoutMs,
          what,
        )
      } catch (error) {
        throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`, { cause: error })
      }
    },
  }
}
