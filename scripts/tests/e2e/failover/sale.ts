import { rmSync } from 'node:fs'
import { v7 as uuidv7 } from 'uuid'
import { createDatabase } from '../../../../drizzle/database.ts'
import { accounts } from '../../../../drizzle/schema/accounts.ts'
import { readPrivateKey } from '../../../../shared/tokens/keys.ts'
import { AUDIENCES } from '../../../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../../../shared/tokens/sign.ts'
import { testPrograms } from '../../../develop/start/testing.ts'
import { makePrivateFolder } from '../../../develop/stores/private-folder.ts'
import type { ChaosFanDeps } from '../../../load/chaos/fan.ts'
import type { Fault, RedisLoss } from '../../../load/chaos/fault.ts'
import type { RedisKind } from '../../../load/chaos/redis.ts'
import { buildReport, type ChaosReport, formatText } from '../../../load/chaos/report.ts'
import { runSale } from '../../../load/chaos/run.ts'
import { type ChaosSystem, startChaosSystem } from '../../../load/chaos/system.ts'

const FANS = 200
const COLLECTORS = 15
/** A rush: arrivals reach the room's limit, and most fans have not paid yet when Redis is lost. */
const LASTS_MS = 3000
const PAID_BEFORE = 40
const FAULT_MS_MAX = 30_000
const MAX_ACTIVE = 50
const GRACE_SECONDS = 4
const THINK_MS = 500
const DRAIN_MS = 120_000
const SESSION_SECONDS = 3600

/** A system that sells during one loss of Redis after the other, each time with a new festival. */
export type FailoverDrill = {
  /** Sells to a crowd while Redis is lost in this way. */
  sell(loss: RedisLoss): Promise<{ report: ChaosReport; text: string }>
  stop(): Promise<void>
}

export async function startFailoverDrill(redis: RedisKind): Promise<FailoverDrill> {
  const folder = makePrivateFolder()
  const stopping = new AbortController()
  const { signal } = stopping
  const size = { seed: 1, redis, origins: 2, gateways: 2 }
  const settings = { RESTORE_SECONDS: '2' }
  const system = await startChaosSystem({
    env: process.env,
    folder,
    programs: testPrograms(),
    ...size,
    settings,
    signal,
  })
  const database = createDatabase({ url: system.mysql.url(), connectionsMax: 4, queueMax: 1000 })
  let sales = 0
  return {
    async sell(loss) {
      sales += 1
      const lines: string[] = []
      const fault: Fault = { group: 'failover', forMs: FAULT_MS_MAX, ...loss }
      const result = await runSale(system, `failover-${sales}`, {
        seed: sales,
        lastsMs: LASTS_MS,
        fans: FANS,
        collectors: COLLECTORS,
        maxActive: MAX_ACTIVE,
        graceSeconds: GRACE_SECONDS,
        thinkMs: THINK_MS,
        drainMs: DRAIN_MS,
        schedule: [{ atMs: 0, fault }],
        faultsAfterPaid: PAID_BEFORE,
        signIn: signInOf(system, database.db),
        say: (line, atMs) => lines.push(`${((atMs ?? 0) / 1000).toFixed(1).padStart(6)} ${line}`),
        signal,
      })
      const report = buildReport({ seed: sales, minutes: LASTS_MS / 60_000, redis }, result)
      return { report, text: `${lines.join('\n')}\n${formatText(report)}` }
    },
    async stop() {
      stopping.abort()
      await database.close()
      await system.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Accounts without passwords, since hashing those of a whole crowd would be most of the work. */
function signInOf(
  { sessionKeyBase64 }: ChaosSystem,
  db: ReturnType<typeof createDatabase>['db'],
): ChaosFanDeps['signIn'] {
  const sign = createTokenSigner('session', readPrivateKey('SESSION_PRIVATE_KEY', sessionKeyBase64))
  return async (_, { record: { email } }) => {
    const id = uuidv7()
    const row = { id, email, name: 'Fan', passwordHash: 'none', roles: ['fan'], createdAt: new Date() }
    await db.insert(accounts).values(row)
    const iat = Math.floor(Date.now() / 1000)
    const who = { aud: AUDIENCES.session, sub: id, name: 'Fan', roles: ['fan' as const] }
    return sign({ ...who, iat, exp: iat + SESSION_SECONDS })
  }
}
