import { parseArgs } from 'node:util'
import { createDatabase } from '../../../drizzle/database.ts'
import { RoomIdSchema } from '../../../shared/api/room-id.ts'
import { findRunning } from '../running.ts'
import { festivalOnSale, type SaleOptions, seedDemo } from './demo.ts'
import { seedFestival } from './festival.ts'
import { accountWith, makeOperator } from './teams.ts'

const USAGE = `Makes festivals to try Naru with, in the running system or in DATABASE_URL.

  npm run seed -- --demo            the demo festival and one account of each role
  npm run seed -- --festival ID     a festival on sale from now on
  npm run seed -- --operator EMAIL  makes the account of an address an operator of the installation

  --owner EMAIL    an owner of --festival; may be given several times. Without any, an operator names them
  --units N        units in all, spread over four ticket types (2000)
  --rate N         people called in a second (100)
  --max-active N   people inside at once (300)`

const NUMBER_MAX = 10_000_000

type Arguments = {
  demo: boolean
  operator: string | undefined
  festival: string | undefined
  owners: string[]
  sale: SaleOptions
}

class WrongUsage extends Error {}

try {
  const wanted = readArguments(process.argv.slice(2))
  if (wanted === 'help') console.log(USAGE)
  else await seed(wanted)
} catch (error) {
  const wrongUsage = error instanceof WrongUsage
  console.error(error instanceof Error ? error.message : error)
  if (wrongUsage) console.error(`\n${USAGE}`)
  process.exitCode = wrongUsage ? 2 : 1
}

function readArguments(args: string[]): Arguments | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const { demo, operator, festival, owner: owners } = values
  if (!demo && operator === undefined && festival === undefined) {
    throw new WrongUsage('Say --demo, --festival ID or --operator EMAIL')
  }
  if (festival !== undefined && !RoomIdSchema.safeParse(festival).success) {
    throw new WrongUsage(
      'A festival ID is lower-case words and digits joined by hyphens, at most 64 characters',
    )
  }
  if (festival === undefined && owners.length > 0) throw new WrongUsage('--owner is of --festival')
  const sale = {
    units: positive('--units', values.units),
    ratePerSecond: positive('--rate', values.rate),
    maxActive: positive('--max-active', values['max-active']),
  }
  return { demo, operator, festival, owners, sale }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        demo: { type: 'boolean', default: false },
        festival: { type: 'string' },
        operator: { type: 'string' },
        owner: { type: 'string', multiple: true, default: [] },
        units: { type: 'string', default: '2000' },
        rate: { type: 'string', default: '100' },
        'max-active': { type: 'string', default: '300' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function positive(name: string, value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1 && number <= NUMBER_MAX) return number
  throw new WrongUsage(`${name} must be a whole number from 1 to ${NUMBER_MAX}`)
}

async function seed({ demo, operator, festival, owners, sale }: Arguments): Promise<void> {
  const { databaseUrl } = findRunning(process.env, ['databaseUrl'])
  const { db, close } = createDatabase({ url: databaseUrl, connectionsMax: 1, queueMax: 100 })
  const deps = { db, now: Date.now }
  try {
    if (demo)
      console.log(JSON.stringify(await seedDemo(deps, festivalOnSale('naru-landing', Date.now(), sale))))
    if (operator !== undefined) {
      await makeOperator(db, await accountWith(db, operator))
      console.log(JSON.stringify({ operator }))
    }
    if (festival === undefined) return
    await seedFestival(deps, festivalOnSale(festival, Date.now(), sale), owners)
    console.log(JSON.stringify({ festival, owners, ...sale }))
  } finally {
    await close()
  }
}
