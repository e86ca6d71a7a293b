// Answers of people who were called: "OK" by SMS or Telegram acknowledges, because who is woken at night is not on the farm's network.
import type { Clock } from '../../core/clock.ts'
import type { ChannelConfig } from './config.ts'
import { request } from './http-post.ts'
import { takeTexts } from './sms.ts'

const LOOK_MS = 10_000

export interface Reply {
  channel: string
  from: string
  text: string
}

/** What came since the last time; the first time it only throws away what was there before. */
interface Mailbox {
  take(): Promise<Omit<Reply, 'channel'>[]>
}

function openMailbox(config: ChannelConfig): Mailbox | null {
  if (config.kind === 'sms') return smsBox(config)
  return config.kind === 'telegram' ? telegramBox(config) : null
}

function smsBox(config: Extract<ChannelConfig, { kind: 'sms' }>): Mailbox {
  let isFirst = true
  return {
    async take() {
      const texts = await takeTexts(config)
      const wasFirst = isFirst
      isFirst = false
      return wasFirst ? [] : texts.map(({ from, text }) => ({ from, text }))
    },
  }
}

/** https://core.telegram.org/bots/api#getupdates */
function telegramBox({ url, token }: Extract<ChannelConfig, { kind: 'telegram' }>): Mailbox {
  let offset: number | null = null
  return {
    async take() {
      // −1: the newest one alone, after which everything older is forgotten.
      const query = `offset=${offset ?? -1}&timeout=0&allowed_updates=%5B%22message%22%5D`
      const { status, body } = await request(`${url.replace(/\/$/, '')}/bot${token}/getUpdates?${query}`, {})
      if (status !== 200) throw new Error(`HTTP ${status}`)
      const { result } = JSON.parse(body) as { result: TelegramUpdate[] }
      const wasFirst = offset === null
      offset = Math.max(offset ?? 0, ...result.map(({ update_id }) => update_id + 1))
      if (wasFirst) return []
      return result.flatMap(({ message }) =>
        message?.text === undefined ? [] : [{ from: String(message.chat.id), text: message.text }],
      )
    },
  }
}

interface TelegramUpdate {
  update_id: number
  message?: { chat: { id: number }; text?: string }
}

/** True for what people write when they have seen it: OK, yes, seen; ja, gesehen; sí, visto. Pure. */
export const isAcknowledgement = (text: string): boolean =>
  /^[\s\p{P}\p{S}]*(ok|okay|yes|ack|seen|ja|gesehen|si|sí|visto)(?![\p{L}\p{N}])/iu.test(text)

/** True when two telephone numbers or chats are the same: with or without the country's code. Pure. */
export function isSameAddress(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => text.replace(/[^0-9-]/g, '').replace(/(?!^)-/g, ''))
  if (first === second) return first !== ''
  const tail = (text: string) => text.slice(-9)
  return first!.length >= 9 && second!.length >= 9 && tail(first!) === tail(second!)
}

/** Looks into the mailboxes while `isWanted`: while somebody is waited for. A mailbox that fails is asked again next time. */
export function openReplies(parts: {
  clock: Clock
  channels(): readonly ChannelConfig[]
  isWanted(): boolean
  heard(reply: Reply): void
}): Disposable {
  const { clock, channels, isWanted, heard } = parts
  let boxes: { id: string; box: Mailbox }[] | null = null
  let isBusy = false

  async function look(): Promise<void> {
    boxes ??= channels().flatMap((config) => {
      const box = config.enabled ? openMailbox(config) : null
      return box ? [{ id: config.id, box }] : []
    })
    const taken = await Promise.allSettled(
      boxes.map(async ({ id, box }) => (await box.take()).map((reply): Reply => ({ channel: id, ...reply }))),
    )
    for (const each of taken) if (each.status === 'fulfilled') each.value.forEach(heard)
  }

  const timer = clock.every(LOOK_MS, () => {
    if (!isWanted()) {
      boxes = null
      return
    }
    if (isBusy) return
    isBusy = true
    void look().finally(() => {
      isBusy = false
    })
  })
  return { [Symbol.dispose]: () => timer.cancel() }
}
