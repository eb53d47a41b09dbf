import { randomUUID } from 'node:crypto'
import { createLogger } from '../../shared/log.ts'
import type { Letter } from '../mail/letter.ts'
import { createOutbox, type Outbox } from '../mail/outbox.ts'

export const newFan = () => ({ email: `${randomUUID()}@naru.test`, password: 'a long password', name: 'Fan' })

/** An outbox whose letters a test can read, once it is idle. */
export function createTestOutbox(): { outbox: Outbox; letters: Letter[] } {
  const letters: Letter[] = []
  const outbox = createOutbox({
    carrier: { carry: async (letter) => void letters.push(letter), close: () => {} },
    isRefusedForGood: () => false,
    atOnceMax: 4,
    waitingMax: 1000,
    attemptsMax: 1,
    retryMs: 1,
    log: createLogger('test', 'silent'),
    onOutcome: () => {},
  })
  return { outbox, letters }
}
