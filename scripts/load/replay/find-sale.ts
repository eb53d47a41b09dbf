import type { Asker, Client } from './client.ts'
import { type Festival, FestivalsSchema, readBody, type Status, StatusSchema } from './contract.ts'
import type { Answer } from './exchange.ts'
import { type End, Leaving } from './leaving.ts'
import { ReplayRefused } from './refused.ts'

/** The festival and ticket types on sale, as fans see them. */
export type Sale = { festival: string; room: string; ticketTypes: number[] }

/**
 * The sale to replay against: that of the named festival, else the first one whose room is open. Throws a
 * `ReplayRefused` when there is none that fans could enter.
 */
export async function findSale(client: Client, asker: Asker, wanted: string | undefined): Promise<Sale> {
  try {
    const answer = await client.send(asker, { method: 'GET', path: '/api/festivals' })
    const { festivals } = readBody(asker, answer, 200, FestivalsSchema)
    const festival =
      wanted === undefined
        ? await firstOpen(client, asker, festivals)
        : await enterable(client, asker, festivals, wanted)
    return {
      festival: festival.id,
      room: festival.room.id,
      ticketTypes: festival.ticketTypes.map(({ id }) => id),
    }
  } catch (error) {
    if (error instanceof Leaving) throw new ReplayRefused(whyNot(error.end))
    throw error
  }
}

function whyNot(end: End): string {
  if (end.outcome === 'stopped') return 'Interrupted before it could begin'
  const { status, detail } = 'error' in end ? end.error : { status: undefined, detail: 'it is too busy' }
  return `The gateway does not say what is on sale (${status ?? 'no answer'}): ${detail}`
}

async function firstOpen(client: Client, asker: Asker, festivals: readonly Festival[]): Promise<Festival> {
  for (const festival of festivals) {
    const answer = await askStatus(client, asker, festival)
    // A room may not be ready while others are.
    if (answer.status !== 200) continue
    if (readBody(asker, answer, 200, StatusSchema).phase === 'open') return festival
  }
  throw new ReplayRefused(`None of ${festivals.length} festivals has an open room; name one with --festival`)
}

async function enterable(
  client: Client,
  asker: Asker,
  festivals: readonly Festival[],
  wanted: string,
): Promise<Festival> {
  const festival = festivals.find(({ id }) => id === wanted)
  if (festival === undefined) throw new ReplayRefused(`There is no festival ${wanted}`)
  const answer = await askStatus(client, asker, festival)
  const { phase }: Status = readBody(asker, answer, 200, StatusSchema)
  if (phase === 'scheduled' || phase === 'closed')
    throw new ReplayRefused(`The room of ${wanted} is ${phase}`)
  return festival
}

function askStatus(client: Client, asker: Asker, { room }: Festival): Promise<Answer> {
  return client.send(asker, { method: 'GET', path: `/api/rooms/${room.id}/status` })
}
