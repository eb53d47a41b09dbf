import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const TAIL_BYTES = 8 * 1024
const TAIL_LINES = 25

/** The last lines of a log file; none when there is no such file. */
export function lastLines(file: string): string[] {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(descriptor)
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    const length = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    return lastLinesOf(buffer.toString('utf8', 0, length))
  } finally {
    closeSync(descriptor)
  }
}

export function lastLinesOf(text: string, linesMax = TAIL_LINES): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-linesMax)
}
