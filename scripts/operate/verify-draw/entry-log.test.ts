import { randomBytes, randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { countRepeated, createEntryLog, findEntry } from './entry-log.ts'

const fewKeys = Array.from({ length: 50 }, () => randomBytes(16))

it('counts the entries whose key occurred before', () => {
  for (const length of [0, 1, 2, 3, 40, 1000]) {
    const keys = Array.from({ length }, () => fewKeys[randomInt(fewKeys.length)] ?? randomBytes(16))
    const distinct = new Set(keys.map((key) => key.toString('hex'))).size
    expect(countRepeated(createEntryLog(Buffer.concat(keys)))).toBe(length - distinct)
  }
})

it('distinguishes keys that differ in one bit', () => {
  const keys = Array.from({ length: 128 }, (_, bit) => {
    const key = Buffer.alloc(16)
    key.writeUInt8(1 << (bit % 8), bit >> 3)
    return key
  })
  expect(countRepeated(createEntryLog(Buffer.concat([Buffer.alloc(16), ...keys])))).toBe(0)
})

it('finds every index of a key, whatever the memory alignment of the log', () => {
  const [a, b] = [randomBytes(16), randomBytes(16)]
  const log = createEntryLog(Buffer.concat([Buffer.alloc(3), a, b, a]).subarray(3))
  expect([findEntry(log, a), findEntry(log, b), findEntry(log, randomBytes(16))]).toEqual([[0, 2], [1], []])
})
