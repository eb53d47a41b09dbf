import { parseArgs } from 'node:util'
import { createDatabase } from '../../drizzle/database.ts'
import { makeFestival } from '../../origin/catalogue/make-festival.ts'
import { findRunning } from '../running.ts'
import { festivalOnSale, seedDemo } from './demo.ts'

const USAGE = `Makes festivals to try Naru with, in the running system or in DATABASE_URL.

  npm run seed -- --demo                       the demo festival and one account of each role
  npm run seed -- --festival ID [--units 1000] [--rate 100] [--max-active 300]
                                               a festival on sale from now on, with so many units in all`

const { values } = parseArgs({
  options: {
    demo: { type: 'boolean', default: false },
    festival: { type: 'string' },
    units: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '100' },
    'max-active': { type: 'string', default: '300' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help || (!values.demo && values.festival === undefined)) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 2)
}

const sale = {
  units: positive('--units', values.units),
  ratePerSecond: positive('--rate', values.rate),
  maxActive: positive('--max-active', values['max-active']),
}
const { databaseUrl } = findRunning(process.env, ['databaseUrl'])
const { db, close } = createDatabase({ url: databaseUrl, connectionsMax: 1, waitingMax: 100 })
const deps = { db, now: Date.now }
try {
  if (values.demo) {
    console.log(JSON.stringify(await seedDemo(deps, festivalOnSale('naru-landing', Date.now(), sale))))
  }
  if (values.festival !== undefined) {
    const made = await makeFestival(deps, festivalOnSale(values.festival, Date.now(), sale))
    if (made.status === 'id-taken') throw new Error(`There is a festival ${values.festival} already`)
    console.log(JSON.stringify({ festival: values.festival, ...sale }))
  }
} finally {
  await close()
}

function positive(name: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 10_000_000) {
    console.error(`${name} must be a whole number from 1 to 10000000`)
    process.exit(2)
  }
  return number
}
