// The ways to a person, one function each: resolves when the far side took the message, rejects with a short reason.
import type { Message } from '../message.ts'
import type { ChannelConfig } from './config.ts'
import { sendEmail } from './email.ts'
import { postJson } from './http-post.ts'
import { sendSms } from './sms.ts'

type Of<K extends ChannelConfig['kind']> = Extract<ChannelConfig, { kind: K }>

/** https://core.telegram.org/bots/api#sendmessage; `to` is the chat. */
async function sendTelegram({ url, token }: Of<'telegram'>, to: string, message: Message): Promise<void> {
  const body = { chat_id: to, text: asking(message) }
  const answer = await postJson(`${url.replace(/\/$/, '')}/bot${token}/sendMessage`, body)
  if ((JSON.parse(answer) as { ok?: unknown }).ok !== true) throw new Error('Telegram said no')
}

/** https://docs.ntfy.sh/publish/#publish-as-json; `to` is the topic. */
async function sendNtfy({ url, token }: Of<'ntfy'>, to: string, message: Message): Promise<void> {
  const priority = message.severity === 'critical' ? 5 : 3
  const body = { topic: to, title: message.subject, message: message.text, priority, tags: ['rotating_light'] }
  await postJson(url, body, token ? { authorization: `Bearer ${token}` } : {})
}

/** The same `id` and Idempotency-Key come with each attempt: what was taken once need not be done twice. */
async function sendWebhook({ url, authorization }: Of<'webhook'>, to: string, message: Message): Promise<void> {
  if (url === '') throw new Error('no address was entered')
  const headers = { 'idempotency-key': message.id, ...(authorization ? { authorization } : {}) }
  await postJson(url, { ...message, to }, headers)
}

/** On ways on which an answer is heard, people are told that one is wanted; in an SMS there is room for it. */
const ASK = '\nReply OK when you have seen it.'
const SMS_MAX = 160
const asking = ({ text, asksReply }: Message, textMax = Number.POSITIVE_INFINITY): string =>
  asksReply ? `${text.slice(0, textMax - ASK.length)}${ASK}` : text

/** Sends `message` to `to` by `config`. */
export function send(config: ChannelConfig, to: string, message: Message): Promise<void> {
  switch (config.kind) {
    case 'email':
      return sendEmail(config, to, message)
    case 'sms':
      return sendSms(config, to, asking(message, SMS_MAX))
    case 'telegram':
      return sendTelegram(config, to, message)
    case 'ntfy':
      return sendNtfy(config, to, message)
    case 'webhook':
      return sendWebhook(config, to, message)
    case 'siren':
    case 'buzzer':
    case 'ping':
      return Promise.reject(new Error(`a ${config.kind} speaks to nobody in particular`))
  }
}
