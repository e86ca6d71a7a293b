// Types of the topic matcher that Aedes uses, as far as this folder needs them: the package ships none.
interface QlobberOptions {
  wildcard_one: string
  wildcard_some: string
  separator: string
  match_empty_levels?: boolean
}

declare module 'qlobber' {
  export class QlobberTrue {
    constructor(options: QlobberOptions)
    add(topic: string): this
    test(topic: string): boolean
  }
}

declare module 'qlobber/aedes/qlobber-sub.js' {
  export default class QlobberSub {
    constructor(options: QlobberOptions)
    readonly subscriptionsCount: number
    add(topic: string, subscription: object): this
    remove(topic: string, subscription: { clientId: string; topic: string }): this
    match(topic: string): object[]
  }
}

declare module 'aedes-persistence/abstract.js' {
  export default function abstractPersistence(options: {
    test(name: string, run: (t: object) => Promise<void>): void
    persistence(): unknown
    testAsync: boolean
  }): void
}
