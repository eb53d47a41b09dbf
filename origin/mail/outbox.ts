import pLimit from 'p-limit'
import type { Logger } from '../../shared/log.ts'
import { pause } from '../../shared/loop.ts'
import type { Carrier, Letter } from './letter.ts'

/** What came of a letter: `unneeded` ones were never written, `lost` ones were given up. */
export type LetterOutcome = 'sent' | 'unneeded' | 'lost' | 'overflow'

/** Sends letters behind the answers they belong to, so that no answer tells by its time whether a letter goes out. */
export type Outbox = {
  /**
   * Takes up a letter that is still to be written; `write` may find that none is needed. Answers false when too many
   * are waiting, whoever they are for.
   */
  post(write: () => Promise<Letter | undefined>): boolean
  /** Tries no letter again that a try has failed for, and resolves when nothing is under way. */
  stop(): Promise<void>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export type OutboxOptions = {
  carrier: Carrier
  /** Tells errors after which no other try makes sense. */
  isRefusedForGood: (error: unknown) => boolean
  atOnceMax: number
  waitingMax: number
  attemptsMax: number
  /** Before the second try; doubled before each further one. */
  retryMs: number
  log: Logger
  onOutcome: (outcome: LetterOutcome) => void
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { carrier, attemptsMax, retryMs, log, onOutcome } = options
  const limit = pLimit(options.atOnceMax)
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()

  async function send(write: () => Promise<Letter | undefined>): Promise<LetterOutcome> {
    const letter = await write()
    if (letter === undefined) return 'unneeded'
    for (let attempt = 1; ; attempt += 1) {
      try {
        await carrier.carry(letter)
        return 'sent'
      } catch (error) {
        const isLast = attempt >= attemptsMax || stopping.signal.aborted || options.isRefusedForGood(error)
        if (isLast) throw error
        await pause(retryMs * 2 ** (attempt - 1), stopping.signal)
      }
    }
  }

  async function run(write: () => Promise<Letter | undefined>): Promise<void> {
    try {
      onOutcome(await limit(() => send(write)))
    } catch (error) {
      onOutcome('lost')
      log.error({ reason: reasonOf(error) }, 'a letter was given up')
    }
  }

  async function idle(): Promise<void> {
    await Promise.all(underWay)
  }

  return {
    post(write) {
      if (underWay.size >= options.atOnceMax + options.waitingMax) {
        onOutcome('overflow')
        return false
      }
      const running = run(write)
      underWay.add(running)
      void running.then(() => underWay.delete(running))
      return true
    },
    async stop() {
      stopping.abort()
      await idle()
      carrier.close()
    },
    idle,
  }
}

/** The kind of an error, without its message: mail servers repeat the address in theirs, which no log should have. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code = 'code' in error ? String(error.code) : ''
  const reply = 'responseCode' in error ? String(error.responseCode) : ''
  return [error.name, code, reply].filter((part) => part !== '').join(' ')
}
