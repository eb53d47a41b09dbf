import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HostError } from './host.ts'

/** As flock is told to end where someone else holds the lock. */
const HELD = 75

/**
 * Takes a lock until it is released or this process ends, however it does: the file's lock belongs to a child that reads
 * from it. Only root can open the file, so that no service, nor any other user, can keep root from changing the host.
 *
 * @returns how to release it, or undefined where another process has it
 */
export async function takeLock(file: string): Promise<(() => Promise<void>) | undefined> {
  await mkdir(dirname(file), { recursive: true })
  await (await open(file, 'a', 0o600)).close()
  const args = ['--nonblock', `--conflict-exit-code=${HELD}`, file, 'cat']
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'] })
  // What a child that has ended no longer reads is told by its status.
  holder.stdin.on('error', () => {})
  const ended = new Promise<number | null>((resolve, reject) => {
    holder.once('error', () => reject(new HostError('flock is not installed on this host')))
    holder.once('close', resolve)
  })
  holder.stdin.write('\n')
  const status = await Promise.race([once(holder.stdout, 'data').then(() => 'taken' as const), ended])
  if (status === HELD) return undefined
  if (status !== 'taken') throw new HostError(`${file} cannot be locked: flock ended with ${status}`)
  return async () => {
    holder.stdin.end()
    await ended
  }
}
