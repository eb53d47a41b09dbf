import { count, eq, min, ne } from 'drizzle-orm'
import { Gauge } from 'prom-client'
import type { Database } from '../../drizzle/database.ts'
import { EMAIL_STATES, emails } from '../../drizzle/schema/email.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Metrics } from '../../shared/runtime/metrics.ts'

/** Counts stored e-mails when the metrics are read: dead letters need an operator (`npm run emails`). */
export function measureEmails({ registry }: Metrics, { db, now }: { db: Database; now: Clock }): void {
  const stored = new Gauge({
    name: 'naru_emails',
    help: 'E-mails in MySQL that are waiting to be sent, or are dead letters',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      const rows = await db
        .select({ state: emails.state, n: count() })
        .from(emails)
        .where(ne(emails.state, 'sent'))
        .groupBy(emails.state)
        .catch(() => [])
      if (rows.length === 0) stored.reset()
      for (const state of EMAIL_STATES) {
        if (state !== 'sent') stored.set({ state }, rows.find((row) => row.state === state)?.n ?? 0)
      }
    },
  })
  new Gauge({
    name: 'naru_email_oldest_waiting_seconds',
    help: 'How long the oldest e-mail that is not sent has waited',
    registers: [registry],
    async collect() {
      const [row] = await db
        .select({ oldest: min(emails.createdAt) })
        .from(emails)
        .where(eq(emails.state, 'waiting'))
        .catch(() => [])
      const oldest = row?.oldest
      this.set(oldest === null || oldest === undefined ? 0 : Math.max(0, now() - oldest.getTime()) / 1000)
    },
  })
}
