import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { emails } from '../../../drizzle/schema/email.ts'
import { deadLetters } from '../../../drizzle/schema/purchases.ts'
import { useAccounts } from '../../testing/accounts.ts'
import { makeTestFestival } from '../../testing/origin.ts'
import { makeTestOperator } from '../../testing/teams.ts'

const { db, call, sessionOf, signUp } = useAccounts({ realAccess: true })

const idAt = (n: number) => `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`

async function read(kind: 'payments' | 'emails', query = '') {
  const token = sessionOf(await makeTestOperator(db()))
  return await call(`/admin/dead-letters/${kind}${query}`, { method: 'GET', token })
}

const moveToDeadLetters = (festival: string, n: number, resolvedAt: Date | null = null) =>
  db()
    .insert(deadLetters)
    .values({
      ...{ festivalId: festival, entry: `${n}-0`, paymentId: idAt(n), attempts: n, reason: `reason ${n}` },
      ...{ fields: { account: 'not for operators' }, at: new Date(), resolvedAt },
    })

it('lists payments that wait for a decision, of all festivals, page by page, without the buyers', async () => {
  const [first, second] = [await makeTestFestival({ db: db() }), await makeTestFestival({ db: db() })]
  await moveToDeadLetters(first.id, 1)
  await moveToDeadLetters(second.id, 2)
  await moveToDeadLetters(second.id, 3, new Date())
  await moveToDeadLetters(first.id, 4)
  const page = await read('payments', '?limit=2')
  expect(page.headers.get('cache-control')).toBe('no-store')
  const shown = page.body['payments'] as Record<string, unknown>[]
  expect(shown).toMatchObject([
    { festival: { id: first.id }, payment: idAt(4), attempts: 4, reason: 'reason 4' },
    { festival: { id: second.id }, payment: idAt(2) },
  ])
  expect(Object.keys(shown[0] ?? {}).toSorted()).toEqual(
    ['at', 'attempts', 'festival', 'id', 'payment', 'reason'].toSorted(),
  )
  const rest = await read('payments', `?limit=2&before=${String(page.body['next'])}`)
  expect(rest.body).toMatchObject({ payments: [{ festival: { id: first.id }, payment: idAt(1) }] })
  expect(rest.body['next']).toBe(undefined)
  expect((await read('payments', '?limit=101')).status).toBe(422)
})

it('lists e-mails that failed, with the address of their account, page by page', async () => {
  const fan = await signUp()
  const row = (n: number, state: 'dead' | 'sent') => ({
    ...{ id: idAt(n), key: randomUUID(), template: 'order-confirmed', accountId: fan.id, params: {} },
    ...{ state, attempts: 9, error: 'ECONNREFUSED', dueAt: new Date(), createdAt: new Date() },
  })
  await db()
    .insert(emails)
    .values([row(1, 'dead'), row(2, 'sent'), row(3, 'dead'), { ...row(4, 'dead'), accountId: null }])
  const page = await read('emails', '?limit=2')
  expect(page.body['emails']).toMatchObject([
    { id: idAt(4), to: null },
    { id: idAt(3), to: fan.email, template: 'order-confirmed', attempts: 9, error: 'ECONNREFUSED' },
  ])
  const rest = await read('emails', `?limit=2&before=${String(page.body['next'])}`)
  expect(rest.body).toMatchObject({ emails: [{ id: idAt(1) }] })
  expect(rest.body['next']).toBe(undefined)
})
