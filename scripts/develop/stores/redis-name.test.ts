import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { failOver, type NamedPair, startNamedPair } from './redis-name.ts'
import { isGone, moduleUrl, runProgram } from './testing.ts'

const { env } = process

async function start(): Promise<NamedPair> {
  const pair = await startNamedPair({ env })
  onTestFinished(pair.stop)
  return pair
}

function connect(url: string): Redis {
  const redis = new Redis(url)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

it('keeps connections when it fails over, answers READONLY there, and leads new ones to the new primary', async () => {
  const { url, place } = await start()
  const before = connect(url)
  await before.set('song', 'Arirang')
  for (const turn of ['first', 'second']) {
    await failOver(place)
    await expect(before.set('turn', 'lost')).rejects.toThrow('READONLY')
    const after = connect(url)
    expect(await after.get('song')).toBe('Arirang')
    await after.set('turn', turn)
    // Back where it began, which nobody who is connected there had to leave.
    await failOver(place)
    expect(await before.get('turn')).toBe(turn)
  }
})

it('is gone soon after the process that started it was killed', async () => {
  const starter = runProgram(`
    import { startNamedPair } from ${moduleUrl('./redis-name.ts', import.meta.url)}
    const { nodes } = await startNamedPair({ env: process.env })
    console.log(nodes.map(({ pid }) => pid).join(' '))
  `)
  const pids = ((await starter.line()) ?? '').split(' ').map(Number)
  expect(pids.length).toBe(2)
  starter.child.kill('SIGKILL')
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
})
