import { afterEach, describe, expect, it } from 'vitest'
import type { TestRequest } from '../testing/helper-process.ts'
import { createHelperProcess, HelperFailed, type HelperProcess } from './helper-process.ts'

const opened: HelperProcess<TestRequest, number>[] = []
afterEach(() => {
  for (const helper of opened.splice(0)) helper.close()
})

function open(options: { msMax?: number; idleMs?: number } = {}): HelperProcess<TestRequest, number> {
  const helper = createHelperProcess<TestRequest, number>({
    module: new URL('../testing/helper-process.ts', import.meta.url),
    niceness: 7,
    heapMegabytesMax: 64,
    msMax: options.msMax ?? 20_000,
    idleMs: options.idleMs ?? 60_000,
  })
  opened.push(helper)
  return helper
}

describe('a helper process', () => {
  it('replies to each of many requests with its own result, in one process of the given priority', async () => {
    const helper = open()
    const doubled = await Promise.all(Array.from({ length: 50 }, (_, n) => helper.ask({ double: n })))
    expect(doubled).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n))
    expect(await helper.ask('niceness')).toBe(7)
    expect(await helper.ask('pid')).toBe(await helper.ask('pid'))
  })

  it('reports the failure of one request, and continues with the next', async () => {
    const helper = open()
    await expect(helper.ask('fail')).rejects.toThrow(new HelperFailed('this one cannot be done'))
    expect(await helper.ask({ double: 4 })).toBe(8)
  })

  it('fails pending requests when the process ends, and starts another for the next request', async () => {
    const helper = open()
    const first = await helper.ask('pid')
    const waiting = helper.ask('never')
    const ended = expect(waiting).rejects.toThrow(HelperFailed)
    process.kill(first, 'SIGKILL')
    await ended
    expect(await helper.ask('pid')).not.toBe(first)
  })

  it('ends a process that exceeds its time limit', async () => {
    const helper = open({ msMax: 1000 })
    await expect(helper.ask('never')).rejects.toThrow(HelperFailed)
  })

  it('ends a process that has been idle for its time limit', async () => {
    const helper = open({ idleMs: 20 })
    const pid = await helper.ask('pid')
    await expect.poll(() => isRunning(pid)).toBe(false)
    expect(await helper.ask({ double: 1 })).toBe(2)
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
