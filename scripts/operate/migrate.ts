import { z } from 'zod'
import { migrateDatabase } from '../../drizzle/migrate.ts'
import { readVariables, text } from '../../shared/runtime/env.ts'

const { DATABASE_URL: url } = readVariables(z.object({ DATABASE_URL: text() }), process.env)
await migrateDatabase(url)
