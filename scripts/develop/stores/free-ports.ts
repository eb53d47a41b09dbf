import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Failure } from './failure.ts'

/**
 * Below the ports that systems give to outgoing connections: one of those could hold the port of a service that
 * has just died and is to start again.
 */
const PORTS = { from: 20_000, to: 30_000 }
const ATTEMPTS_MAX = 200

/**
 * Ports of the host that nothing listens on, all different. Another process may take one before we do.
 *
 * @param besideBy - for programs that listen on a second port as well, which is so far above the first
 */
export async function findFreePorts(host: string, count: number, besideBy = 0): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; tries < ATTEMPTS_MAX && found.size < count; tries++) {
    const port = randomInt(PORTS.from, PORTS.to)
    const reasons = [await whyNot(host, port), await whyNot(host, port + besideBy)]
    if (reasons.every((reason) => reason === undefined)) found.add(port)
  }
  if (found.size < count) throw new Failure(`No free ports were found on ${host}`)
  return [...found]
}

/** Why a port cannot be listened on, as the system's error code; undefined when it can. */
export async function whyNot(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
