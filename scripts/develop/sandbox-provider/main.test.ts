import { once } from 'node:events'
import { appendFile, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Charge, chargeSchema, ledgerEntrySchema } from './records.ts'
import { jsonBody, newLedgerPath, ORDER, type SandboxProcess, startSandbox } from './testing.ts'

const TIMEOUT_MS = 30_000

const charge = ({ url }: SandboxProcess, key: string) => fetch(`${url}/charges`, jsonBody('POST', ORDER, key))
const lookup = async ({ url }: SandboxProcess, key: string) => (await fetch(`${url}/charges/${key}`)).json()
const setDials = async ({ url }: SandboxProcess, dials: unknown) => {
  expect((await fetch(`${url}/dials`, jsonBody('PUT', dials))).status).toBe(200)
}

/** Charges until the process is gone, and returns every charge that was confirmed. */
async function chargeUntilCut(sandbox: SandboxProcess, onAnswer: (answeredCount: number) => void) {
  const answered: Charge[] = []
  let keyCount = 0
  async function chargeOnAndOn(): Promise<void> {
    for (;;) {
      keyCount += 1
      const response = await charge(sandbox, `key-${keyCount}`)
      if (response.status !== 201) return
      answered.push(chargeSchema.parse(await response.json()))
      onAnswer(answered.length)
    }
  }
  await Promise.allSettled(Array.from({ length: 20 }, chargeOnAndOn))
  return answered
}

describe('the sandbox process', { timeout: TIMEOUT_MS }, () => {
  it('records a charge whose response is lost, and returns it on request', async () => {
    const sandbox = await startSandbox(await newLedgerPath())
    await setDials(sandbox, { loseAnswerShare: 1 })
    await expect(charge(sandbox, 'key-1')).rejects.toThrow('fetch failed')
    const made = await lookup(sandbox, 'key-1')
    expect(made).toMatchObject({ key: 'key-1', outcome: 'succeeded' })
    const repeat = await charge(sandbox, 'key-1')
    expect(repeat.status).toBe(200)
    expect(await repeat.json()).toEqual(made)
  })

  it('has every confirmed charge after a SIGKILL, and none of them twice', async () => {
    const path = await newLedgerPath()
    const first = await startSandbox(path)
    const answered = await chargeUntilCut(first, (count) => {
      if (count === 200) first.child.kill('SIGKILL')
    })
    expect(answered.length).toBeGreaterThanOrEqual(200)

    const second = await startSandbox(path)
    const page = await (await fetch(`${second.url}/ledger?limit=1000`)).json()
    const { entries } = z.object({ entries: z.array(ledgerEntrySchema) }).parse(page)
    const entryByKey = new Map(
      entries.map((entry) => [entry.kind === 'dispute' ? entry.id : entry.key, entry]),
    )
    expect(entryByKey.size).toBe(entries.length)
    for (const made of answered) expect(entryByKey.get(made.key)).toMatchObject(made)
    const repeat = await charge(second, 'key-1')
    expect(repeat.status).toBe(200)
  })

  it('drops a line that a crash left incomplete, logs this, and continues', async () => {
    const path = await newLedgerPath()
    const first = await startSandbox(path)
    await charge(first, 'key-1')
    await first.stop('SIGKILL')
    await appendFile(path, '{"seq":2,"kind":"char')

    const second = await startSandbox(path)
    expect(second.lines.some((line) => line.includes('dropped a torn last line'))).toBe(true)
    expect((await charge(second, 'key-2')).status).toBe(201)
    await second.stop('SIGKILL')
    const third = await startSandbox(path)
    expect(await lookup(third, 'key-2')).toMatchObject({ key: 'key-2' })
  })

  it('completes the requests in flight before a SIGTERM ends it', async () => {
    const env = { SANDBOX_IN_FLIGHT_MAX: '1', SANDBOX_MEDIAN_MS: '1000', SANDBOX_P99_MS: '1000' }
    const sandbox = await startSandbox(await newLedgerPath(), { env })
    const slow = charge(sandbox, 'key-1')
    // With one request allowed in flight, another is refused once the charge has arrived.
    await expect.poll(async () => (await fetch(`${sandbox.url}/ledger`)).status).toBe(503)
    const ended = once(sandbox.child, 'exit')
    sandbox.child.kill('SIGTERM')
    expect((await slow).status).toBe(201)
    expect(await ended).toEqual([0, null])
  })

  it('ends when its disk is full, with all confirmed charges on disk', async () => {
    const path = await newLedgerPath()
    const command = ['/bin/bash', '-c', 'ulimit -f 16; exec "$@"', 'limited']
    const first = await startSandbox(path, { command })
    const ended = once(first.child, 'exit')
    const answered = await chargeUntilCut(first, () => undefined)
    expect(await ended).toEqual([1, null])
    expect(answered.length).toBeGreaterThan(0)
    const second = await startSandbox(path)
    for (const made of answered) expect(await lookup(second, made.key)).toEqual(made)
    expect((await readFile(path, 'utf8')).endsWith('\n')).toBe(true)
  })

  it('does not start without its settings, and names them', async () => {
    await expect(startSandbox('')).rejects.toThrow(/ended with 1.*SANDBOX_LEDGER is required/s)
  })
})
