// The words of the sessions' journal: messages, subscriptions, and the changes that are made of them.

/** What a kept message costs beside its topic and payload. */
const MESSAGE_BYTES = 256

export interface Message {
  cmd: string
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  retain: boolean
  dup: boolean
  messageId?: number | undefined
  brokerId?: string
  brokerCounter?: number
  clientId?: string
  /** Retained as the last known value of its topic, without that its client asked for it. */
  isLast?: true
}

export interface SubscriptionRecord {
  topic: string
  qos: 0 | 1 | 2
  rh?: number
  rap?: boolean
  nl?: boolean
  subscriptionIdentifier?: number
}

/** One change of the state, as it stands in the journal. Names are short because they are written often. */
export type Change =
  | ['retain', Message]
  | ['sub', clientId: string, SubscriptionRecord[]]
  | ['unsub', clientId: string, topics: string[]]
  | ['unsub-all', clientId: string]
  | ['queue', clientIds: string[], Message]
  | ['update', clientId: string, Message]
  | ['unqueue', clientId: string, messageId: number]
  | ['receive', clientId: string, messageId: number, Message]
  | ['release', clientId: string, messageId: number]
  | ['release-all', clientId: string]
  | ['will', clientId: string, Message]
  | ['no-will', clientId: string]
  | ['forget', clientId: string]

export interface OfflineMatch {
  clientId: string
  topic: string
  qos: 0 | 1 | 2
  rh?: number | undefined
  rap?: boolean | undefined
  nl?: boolean | undefined
}

/** A PUBREL in a queue has neither topic nor payload. */
export const sizeOf = ({ topic, payload }: Partial<Message>): number =>
  MESSAGE_BYTES + (topic?.length ?? 0) + (payload?.length ?? 0)
