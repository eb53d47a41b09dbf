import { afterAll, describe, expect, it } from 'vitest'
import { HelperFailed } from '../helper-process/helper-process.ts'
import { threadHashing } from './hashing.ts'
import { openHashing } from './open-hashing.ts'
import { createPasswords } from './passwords.ts'

const hashing = openHashing()
afterAll(hashing.close)
const COST = { memoryCost: 1024, timeCost: 1, parallelism: 1 }

describe('hashing in a separate process', () => {
  it('returns the same hash for the same salt as this process would', async () => {
    const salt = Buffer.from('0123456789abcdef')
    const password = 'pass\u{1F3AB}word \u0000 한글'
    expect(await hashing.hash(password, { ...COST, salt })).toBe(
      await threadHashing.hash(password, { ...COST, salt }),
    )
  })

  it('accepts a password by its hash, and no other', async () => {
    const phc = await hashing.hash('right', COST)
    expect(await Promise.all([hashing.verify(phc, 'right'), hashing.verify(phc, 'wrong')])).toEqual([
      true,
      false,
    ])
  })

  it('asks to retry when the process has failed, as when the queue is full', async () => {
    const failing = async () => {
      throw new HelperFailed('the process ended')
    }
    const passwords = createPasswords(1, 1, { hash: failing, verify: failing })
    expect(await passwords.hash('any')).toEqual({ status: 'busy', retryAfterSeconds: 1 })
    expect(await passwords.verify('any', 'any')).toEqual({ status: 'busy', retryAfterSeconds: 1 })
  })
})
