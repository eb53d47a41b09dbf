import { z } from 'zod'
import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'
import type { Load } from './next-health.ts'
import type { RecentOutcomes } from './recent-outcomes.ts'

/** What an origin reports in addition to its health. Shares are from 0 to 1. */
export type Report = {
  load: Load
  /** The outcomes of payments here in the last minute, by room; only rooms with at least one. */
  recent: Record<string, RecentOutcomes>
}

/** The last report of an origin. */
export type OriginState = {
  name: string
  lastSeenMsAgo: number
  /** The share of the usual rate that it can take, 0 to 1. */
  health: number
  /** Undefined where another release of Naru reports it in another format. */
  report: Report | undefined
}

const ReportSchema = z.object({
  load: z.object({
    loopBusyShare: z.number(),
    loopDelayMs: z.number(),
    processCpuShare: z.number(),
    machineCpuShare: z.number(),
    queueShare: z.number(),
  }),
  recent: z.record(z.string(), z.object({ confirmed: z.number(), declined: z.number(), errors: z.number() })),
})

const FIELDS_PER_ORIGIN = 4

/** A heartbeat's content, with limited precision. */
export function formatReport({ load, recent }: Report): string {
  const rounded = Object.fromEntries(
    Object.entries(load).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
  )
  return JSON.stringify({ load: rounded, recent })
}

/** Every origin whose report has not expired, by name. */
export async function readOrigins(redis: Redis): Promise<OriginState[]> {
  const reply = await redis.originsRead(ORIGINS_KEY)
  const origins: OriginState[] = []
  for (let i = 0; i + FIELDS_PER_ORIGIN <= reply.length; i += FIELDS_PER_ORIGIN) {
    const [name, lastSeenMsAgo, health, report] = reply.slice(i, i + FIELDS_PER_ORIGIN)
    origins.push({
      name: String(name),
      lastSeenMsAgo: Number(lastSeenMsAgo),
      health: Number(health) / 1000,
      report: readReport(String(report)),
    })
  }
  return origins
}

function readReport(json: string): Report | undefined {
  if (json === '') return undefined
  const read = ReportSchema.safeParse(JSON.parse(json))
  return read.success ? read.data : undefined
}
