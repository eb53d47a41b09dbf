import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Failure } from '../stores/failure.ts'

/**
 * Below the ports that systems give to outgoing connections: one of those could hold the port of a service that
 * has just died and is to start again.
 */
const PORTS = { from: 20_000, to: 30_000 }
const TRIES_MAX = 200

/** Ports of the host that nothing listens on, all different. Another process may take one before we do. */
export async function findFreePorts(host: string, count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; tries < TRIES_MAX && found.size < count; tries++) {
    const port = randomInt(PORTS.from, PORTS.to)
    if ((await whyNot(host, port)) === undefined) found.add(port)
  }
  if (found.size < count) throw new Failure(`No free ports were found on ${host}`)
  return [...found]
}

export type PublicPortOptions = {
  host: string
  /** GATEWAY_PORT as the user has set it; 0 leaves the choice to us. */
  asked: string | undefined
  usual: number
  spare: number
}

/** The port that fans use: the one the user asked for, else the usual one or, where that is taken, the spare one. */
export async function choosePublicPort({ host, asked, usual, spare }: PublicPortOptions): Promise<number> {
  const isAsked = asked !== undefined && asked !== ''
  const port = isAsked ? Number(asked) : usual
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure(`GATEWAY_PORT is no port: ${asked}`)
  if (port === 0) return spare
  const reason = await whyNot(host, port)
  if (reason === undefined) return port
  if (reason === 'EADDRINUSE' && !isAsked) return spare
  const why = reason === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${reason})`
  throw new Failure(`Port ${port} of ${host} ${why}`, {
    advice: 'Choose others with GATEWAY_HOST and GATEWAY_PORT.',
  })
}

/** Why a port cannot be listened on, as the system's error code; undefined when it can. */
async function whyNot(host: string, port: number): Promise<string | undefined> {
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
