import { describe, expect, it } from 'vitest'
import type { Flow } from './proxy.ts'
import type { Step } from './steps.ts'
import { createTrigger } from './trigger.ts'

type Seen = [connection: number, flow: Flow, text: string]

/** The trigger's decision on each chunk, and after how many of them it was hit. */
function watch(step: Pick<Step, 'words' | 'moment'>, nth: number, chunks: Seen[]) {
  let hits = 0
  const trigger = createTrigger({ partner: 'mysql', ...step }, nth, () => {
    hits += 1
  })
  const sights = chunks.map(([connection, flow, text]) => {
    const sight = trigger.see(connection, flow, Buffer.from(text))
    if (sight === 'stop-after') trigger.passed?.()
    return sight
  })
  return { sights, hits }
}

describe('a trigger', () => {
  it('stops its texts before they arrive', () => {
    const chunks: Seen[] = [
      [1, 'up', 'select 1'],
      [1, 'up', 'insert into x'],
    ]
    expect(watch({ words: ['insert'], moment: 'before' }, 1, chunks)).toEqual({
      sights: ['pass', 'stop'],
      hits: 1,
    })
  })

  it('lets them arrive, and stops there', () => {
    const chunks: Seen[] = [[1, 'up', 'insert into x']]
    expect(watch({ words: ['insert'], moment: 'passed' }, 1, chunks)).toEqual({
      sights: ['stop-after'],
      hits: 1,
    })
  })

  it('stops the response, of that connection only', () => {
    const chunks: Seen[] = [
      [1, 'up', 'insert into x'],
      [2, 'down', 'an answer to someone else'],
      [1, 'down', 'ok'],
    ]
    expect(watch({ words: ['insert'], moment: 'answered' }, 1, chunks)).toEqual({
      sights: ['pass', 'pass', 'stop'],
      hits: 1,
    })
  })

  it('waits for the n-th occurrence, over any connections, and counts several in one chunk', () => {
    const chunks: Seen[] = [
      [1, 'up', 'insert insert'],
      [2, 'up', 'insert'],
      [1, 'up', 'insert'],
    ]
    expect(watch({ words: ['insert'], moment: 'before' }, 4, chunks)).toEqual({
      sights: ['pass', 'pass', 'stop'],
      hits: 1,
    })
  })

  it('recognises texts that are split between two chunks', () => {
    const chunks: Seen[] = [
      [1, 'up', 'select; ins'],
      [2, 'up', 'ert'],
      [1, 'up', 'ert'],
    ]
    expect(watch({ words: ['insert'], moment: 'before' }, 1, chunks).sights).toEqual(['pass', 'pass', 'stop'])
  })

  it('recognises several texts in their order on one connection', () => {
    const chunks: Seen[] = [
      [1, 'up', 'commit'],
      [1, 'up', 'insert'],
      [2, 'up', 'commit'],
      [1, 'up', 'commit'],
    ]
    expect(watch({ words: ['insert', 'commit'], moment: 'before' }, 1, chunks).sights).toEqual([
      'pass',
      'pass',
      'pass',
      'stop',
    ])
  })

  it('is inactive after it was hit', () => {
    const chunks: Seen[] = [
      [1, 'up', 'insert'],
      [2, 'up', 'insert'],
    ]
    expect(watch({ words: ['insert'], moment: 'before' }, 1, chunks)).toEqual({
      sights: ['stop', 'pass'],
      hits: 1,
    })
  })
})
