import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerCalls } from './processes.ts'

/** A response as Node writes it: names and values in turn. */
export type BareAnswer = { status: number; headers: string[]; body: string; encoding?: 'base64' }

const KEEP_ALIVE_TIMEOUT_MS = 65_000

const calls = {
  /** Sends one response to every request, with the minimum of node:http. Returns the port. */
  serve({ status, headers, body, encoding }: BareAnswer): Promise<number> {
    const bytes = Buffer.from(body, encoding)
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (_, response) => {
      response.writeHead(status, headers).end(encoding === undefined ? body : bytes)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },
}

export type BareCalls = typeof calls

answerCalls(calls)
