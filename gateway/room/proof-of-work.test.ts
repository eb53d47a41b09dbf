import { randomBytes } from 'node:crypto'
import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/sha'
import { describe, expect, it } from 'vitest'
import { ProofSchema } from '../../shared/api/entries.ts'
import { type Challenge, createProofOfWork, type Proof } from './proof-of-work.ts'

const SECONDS = 60
const secret = 'a secret of at least 32 characters'
const entryHash = () => randomBytes(16).toString('base64url')

function proofOfWork(options: { secret?: string } = {}) {
  const clock = { ms: Date.now() }
  return { clock, ...createProofOfWork({ secret, seconds: SECONDS, ...options, now: () => clock.ms }) }
}

/** Solved by the library, and sent as JSON. */
async function solve(challenge: Challenge): Promise<Proof> {
  const solution = await solveChallenge({ challenge, deriveKey })
  return ProofSchema.parse(JSON.parse(JSON.stringify({ challenge, solution })))
}

/** Solved as any page can, from the challenge's description alone. */
async function solveByHand({ parameters }: Challenge): Promise<{ counter: number; derivedKey: string }> {
  const { salt, nonce, keyPrefix, data } = parameters
  const input = new Uint8Array(Buffer.from(`${salt}${nonce}00000000`, 'hex'))
  for (let counter = 0; counter < data.hashesMax; counter += 1) {
    new DataView(input.buffer).setUint32(input.length - 4, counter)
    const derivedKey = Buffer.from(await crypto.subtle.digest('SHA-256', input)).toString('hex')
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey }
  }
  throw new Error('there is no solution')
}

describe('a proof of work', () => {
  it('is proven by a solution of the library or a hand-written one', async () => {
    const { challenge, check } = proofOfWork()
    const entry = { room: 'r', entry: entryHash() }
    const given = await challenge(entry, 1)
    expect(await check(entry, await solve(given))).toBe('proven')
    const solution = { ...(await solveByHand(given)), time: 0 }
    expect(await check(entry, { challenge: given, solution })).toBe('proven')
  })

  it('is accepted by every gateway that has the secret, and by none that has another', async () => {
    const entry = { room: 'r', entry: entryHash() }
    const proof = await solve(await proofOfWork().challenge(entry, 1))
    expect(await proofOfWork().check(entry, proof)).toBe('proven')
    expect(await proofOfWork({ secret: `${secret}!` }).check(entry, proof)).toBe('wrong')
  })

  it('is valid for its room and its entry alone', async () => {
    const { challenge, check } = proofOfWork()
    const entry = { room: 'r', entry: entryHash() }
    const proof = await solve(await challenge(entry, 1))
    expect(await check({ ...entry, room: 's' }, proof)).toBe('wrong')
    expect(await check({ ...entry, entry: entryHash() }, proof)).toBe('wrong')
    const other = { room: 's', entry: entryHash() }
    const relabelled = structuredClone(proof)
    Object.assign(relabelled.challenge.parameters.data, other)
    expect(await check(other, relabelled)).toBe('wrong')
  })

  it('is valid until it expires', async () => {
    const { clock, challenge, check } = proofOfWork()
    const entry = { room: 'r', entry: entryHash() }
    const proof = await solve(await challenge(entry, 1))
    clock.ms += (SECONDS - 1) * 1000
    expect(await check(entry, proof)).toBe('proven')
    clock.ms += 1000
    expect(await check(entry, proof)).toBe('expired')
    proof.challenge.parameters.expiresAt += SECONDS
    expect(await check(entry, proof)).toBe('wrong')
  })

  it.each([
    ['signature', ({ challenge }: Proof) => ({ object: challenge, name: 'signature' })],
    ['salt', ({ challenge }: Proof) => ({ object: challenge.parameters, name: 'salt' })],
    ['nonce', ({ challenge }: Proof) => ({ object: challenge.parameters, name: 'nonce' })],
    ['keyPrefix', ({ challenge }: Proof) => ({ object: challenge.parameters, name: 'keyPrefix' })],
    ['keySignature', ({ challenge }: Proof) => ({ object: challenge.parameters, name: 'keySignature' })],
    ['derivedKey', ({ solution }: Proof) => ({ object: solution, name: 'derivedKey' })],
  ])('is wrong when a digit of its %s is another', async (_, part) => {
    const { challenge, check } = proofOfWork()
    const entry = { room: 'r', entry: entryHash() }
    const proof = await solve(await challenge(entry, 1))
    const { object, name } = part(proof)
    const text: string = Reflect.get(object, name)
    Reflect.set(object, name, `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`)
    expect(await check(entry, proof)).toBe('wrong')
  })

  it('takes the stated thousands of hashes on average, and never more than twice that', async () => {
    const { challenge } = proofOfWork()
    const challenges = await Promise.all(
      Array.from({ length: 100 }, () => challenge({ room: 'r', entry: entryHash() }, 1)),
    )
    const counters = await Promise.all(challenges.map(async (given) => (await solve(given)).solution.counter))
    expect(challenges.every(({ parameters }) => parameters.data.hashesMax === 2000)).toBe(true)
    expect(Math.max(...counters)).toBeLessThan(2000)
    // The mean of 100 has a standard deviation of 58: this fails once in a billion billions.
    const mean = counters.reduce((sum, counter) => sum + counter, 0) / counters.length
    expect(mean).toBeGreaterThan(500)
    expect(mean).toBeLessThan(1500)
  })
})
