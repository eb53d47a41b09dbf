import { z } from 'zod'
import { withoutTrailingSlashes } from '../../shared/runtime/env.ts'
import type { Beacon } from '../room/draws.ts'
import { verifyRound } from './verify-round.ts'

/** drand quicknet, the League of Entropy's public beacon: a round every 3 s, with its relays (https://docs.drand.love). */
export const QUICKNET = {
  urls: [
    'https://api.drand.sh',
    'https://api2.drand.sh',
    'https://api3.drand.sh',
    'https://drand.cloudflare.com',
  ].map((relay) => `${relay}/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971`),
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesisSeconds: 1_692_803_367,
  periodSeconds: 3,
} as const

const ANSWER_MS_MAX = 3000
const ANSWER_BYTES_MAX = 4096
export const RELAYS_MAX = 8

const RoundSchema = z.object({
  round: z.int().min(1),
  signature: z.string().regex(/^[0-9a-f]{96}$/),
})

const BeaconSchema = z.object({
  urls: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(RELAYS_MAX),
  public_key: z.string().regex(/^[0-9a-f]{192}$/),
  genesis_time: z.int().min(0).max(9_999_999_999),
  period: z.int().min(1).max(3600),
})

/** Parses a chain as `{relay}/info` returns it, with the URLs of its relays; undefined when it is invalid. */
export function readBeacon(json: string): BeaconConfig | undefined {
  const beacon = BeaconSchema.safeParse(parseJson(json))
  if (!beacon.success) return undefined
  const { urls, public_key: publicKey, genesis_time: genesisSeconds, period: periodSeconds } = beacon.data
  return { urls: urls.map(withoutTrailingSlashes), publicKey, genesisSeconds, periodSeconds }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

export type BeaconConfig = {
  /** The relays' URLs, including the chain hash: `{url}/public/{round}` returns the round. */
  urls: readonly string[]
  /** 96 bytes in hex. */
  publicKey: string
  genesisSeconds: number
  periodSeconds: number
}

/**
 * A beacon with drand's HTTP interface. All relays are queried concurrently, and the first response signed by the
 * pinned key is trusted: a relay can withhold rounds but not forge them.
 */
export function createDrandBeacon(config: BeaconConfig, verify: typeof verifyRound = verifyRound): Beacon {
  const { publicKey } = config
  const urls = config.urls.slice(0, RELAYS_MAX)

  async function fetchSigned(url: string, round: number): Promise<string> {
    const signature = await fetchSignature(`${url}/public/${round}`, round)
    if (await verify({ round, signature, publicKey })) return signature
    throw new Error(`${url} answers with a round that the beacon has not signed`)
  }

  return {
    publicKey,
    genesisMs: config.genesisSeconds * 1000,
    periodMs: config.periodSeconds * 1000,
    async signatureOf(round) {
      try {
        return await Promise.any(urls.map((url) => fetchSigned(url, round)))
      } catch {
        // The round does not exist yet, or no relay can be reached; a later call may succeed.
        return undefined
      }
    },
  }
}

async function fetchSignature(url: string, round: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX), redirect: 'error' })
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`)
  const answer = RoundSchema.parse(JSON.parse(await readBounded(response, url)))
  if (answer.round !== round) throw new Error(`${url} answers with round ${answer.round}`)
  return answer.signature
}

async function readBounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) throw new Error(`${url} answers with more than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
