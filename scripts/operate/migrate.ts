import { migrateDatabase } from '../../drizzle/migrate.ts'
import { createEnvReader } from '../../shared/runtime/env.ts'

const read = createEnvReader(process.env)
const url = read.text('DATABASE_URL')
read.done()
await migrateDatabase(url)
