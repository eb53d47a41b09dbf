import type { Flow, Sight, Watcher } from './proxy.ts'
import type { Step } from './steps.ts'

/** How many of a step's texts have been seen on one connection. */
type Reading = { word: number; tail: string; awaitsAnswer: boolean }

/**
 * Watches the traffic between one process and its partner, and calls `onHit` once, synchronously, when a step is
 * reached for the n-th time. The connection on which it was seen ends there.
 *
 * @param nth - from 1
 */
export function createTrigger({ words, moment }: Step, nth: number, onHit: () => void): Watcher {
  const readings = new Map<number, Reading>()
  let seen = 0
  let isOver = false

  function hit(): void {
    isOver = true
    readings.clear()
    onHit()
  }

  /** Whether the step is reached with this chunk. Texts may be split between two chunks. */
  function reaches(reading: Reading, chunk: Buffer): boolean {
    let text = reading.tail + chunk.toString('latin1')
    let reached = false
    for (let at = find(reading, text); at >= 0; at = find(reading, text)) {
      text = text.slice(at)
      reading.word += 1
      if (reading.word === words.length) {
        reading.word = 0
        seen += 1
        reached ||= seen === nth
      }
    }
    reading.tail = text.slice(-Math.max(...words.map((word) => word.length)) + 1)
    return reached
  }

  /** The end of the next text; -1 when it is not there. */
  function find({ word }: Reading, text: string): number {
    const wanted = words[word] ?? ''
    const at = text.indexOf(wanted)
    return at < 0 ? -1 : at + wanted.length
  }

  return {
    see(connection: number, flow: Flow, chunk: Buffer): Sight {
      if (isOver) return 'pass'
      const reading = readings.get(connection) ?? { word: 0, tail: '', awaitsAnswer: false }
      readings.set(connection, reading)
      if (flow === 'down') {
        if (!reading.awaitsAnswer) return 'pass'
        hit()
        return 'stop'
      }
      if (!reaches(reading, chunk)) return 'pass'
      if (moment === 'answered') {
        reading.awaitsAnswer = true
        return 'pass'
      }
      if (moment === 'passed') return 'stop-after'
      hit()
      return 'stop'
    },
    passed: hit,
  }
}
