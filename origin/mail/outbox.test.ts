import { describe, expect, it } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import type { Letter } from './letter.ts'
import { createOutbox, type LetterOutcome, type OutboxOptions } from './outbox.ts'

const letter: Letter = { to: 'fan@naru.test', subject: 'Hello', text: 'Hello' }

function open(options: Partial<OutboxOptions> = {}) {
  const outcomes: LetterOutcome[] = []
  const sent: Letter[] = []
  const outbox = createOutbox({
    carrier: { carry: async (one) => void sent.push(one), close: () => {} },
    isRefusedForGood: (error) => error === 'for good',
    atOnceMax: 2,
    waitingMax: 3,
    attemptsMax: 3,
    retryMs: 1,
    log: createLogger('test', 'silent'),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...options,
  })
  return { outbox, outcomes, sent }
}

/** A carrier that fails as often as there are reasons to. */
function failing(...reasons: unknown[]) {
  let tries = 0
  return {
    tries: () => tries,
    carrier: {
      async carry() {
        tries += 1
        if (reasons.length > 0) throw reasons.shift()
      },
      close: () => {},
    },
  }
}

describe('the outbox', () => {
  it('sends what it has taken, and nothing for a letter that is not needed', async () => {
    const { outbox, outcomes, sent } = open()
    expect(outbox.post(async () => letter)).toBe(true)
    expect(outbox.post(async () => undefined)).toBe(true)
    await outbox.idle()
    expect(sent).toEqual([letter])
    expect(outcomes.toSorted()).toEqual(['sent', 'unneeded'])
  })

  it('takes no more than it may, and a few at a time', async () => {
    let atOnce = 0
    let most = 0
    const gate = Promise.withResolvers<void>()
    const { outbox, outcomes } = open()
    const write = async () => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await gate.promise
      atOnce -= 1
      return letter
    }
    expect(Array.from({ length: 7 }, () => outbox.post(write))).toEqual([
      ...[true, true, true, true, true],
      ...[false, false],
    ])
    gate.resolve()
    await outbox.idle()
    expect(most).toBe(2)
    expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === 'overflow')).toHaveLength(2)
    expect(outbox.post(write)).toBe(true)
  })

  it.each([
    ['tries again what may go next time', [new Error('away'), new Error('away')], 3, 'sent'],
    ['gives up in the end', [1, 2, 3, 4], 3, 'lost'],
    ['does not try again what is refused for good', ['for good'], 1, 'lost'],
  ] as const)('%s', async (_, reasons, tries, outcome) => {
    const way = failing(...reasons)
    const { outbox, outcomes } = open({ carrier: way.carrier })
    outbox.post(async () => letter)
    await outbox.idle()
    expect(way.tries()).toBe(tries)
    expect(outcomes).toEqual([outcome])
  })

  it('does not wait for another try when it is stopped', async () => {
    const way = failing(new Error('away'), new Error('away'), new Error('away'))
    const { outbox, outcomes } = open({ carrier: way.carrier, retryMs: 3_600_000 })
    outbox.post(async () => letter)
    await outbox.stop()
    expect(outcomes).toEqual(['lost'])
  })
})
