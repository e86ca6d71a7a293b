// One HTTP request with an end: what it says when it fails names no address, which may be a secret.

const TIMEOUT_MS = 15_000
const BODY_MAX_BYTES = 64 * 1024

export interface Answer {
  status: number
  body: string
}

/** Sends and gives status and the beginning of the body. Rejects with a short reason: `ECONNREFUSED`, `timeout`. No redirect is followed. */
export async function request(url: string, init: RequestInit, timeoutMs = TIMEOUT_MS): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    return { status: response.status, body: await head(response) }
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string } }
    throw new Error(name === 'TimeoutError' ? 'timeout' : (cause?.code ?? 'the address cannot be reached'))
  }
}

async function head(response: Response): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes >= BODY_MAX_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8')
}

/** JSON to an address; rejects unless the answer is 2xx. */
export async function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<string> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (answer.status < 200 || answer.status > 299) throw new Error(`HTTP ${answer.status} ${answer.body.slice(0, 120)}`)
  return answer.body
}
