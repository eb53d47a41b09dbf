import { randomBytes } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import { expect, inject, it, onTestFinished } from 'vitest'
import { migrateDatabase } from './migrate.ts'

it('migrates an empty database once when several processes migrate it concurrently', async () => {
  const name = `naru_test_${randomBytes(6).toString('hex')}`
  const server = await createConnection(inject('databaseUrl'))
  onTestFinished(async () => {
    await server.query(`drop database ${name}`)
    await server.end()
  })
  await server.query(`create database ${name}`)
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${name}`
  await Promise.all([migrateDatabase(url.href), migrateDatabase(url.href), migrateDatabase(url.href)])
  const [rows] = await server.query(
    `select count(*) total, count(distinct hash) hashes from ${name}.__drizzle_migrations`,
  )
  const [{ total, hashes }] = rows as [{ total: number; hashes: number }]
  expect(total).toBeGreaterThan(30)
  expect(total).toBe(hashes)
})
