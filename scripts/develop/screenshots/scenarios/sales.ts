import { createRedis } from '../../../../shared/redis/client.ts'
import { roomKeys } from '../../../../shared/redis/keys.ts'
import { createLogger } from '../../../../shared/runtime/log.ts'
import type { TestSystem } from '../../../tests/e2e/system.ts'
import { lanterns } from './lanterns.ts'
import { type Sale, type SaleOptions, setUpSale, signedIn, until } from './set-up-sale.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The maximum for a room: all pages are captured within it, also on a slow host. */
const LONG_SECONDS = 3600

/** A festival in each state of a sale. */
export type Sales = Record<
  'open' | 'called' | 'lobby' | 'drawn' | 'upcoming' | 'soldOut' | 'closed' | 'paused' | 'restoring',
  Sale
>

export async function setUpSales(system: TestSystem): Promise<Sales> {
  const options = Object.entries(plans(Date.now())).map(
    async ([name, plan]) => [name, await setUpSale(system, plan)] as const,
  )
  const sales = Object.fromEntries(await Promise.all(options)) as Sales
  await sales.open.fill()
  await sales.open.queue(40)
  await sales.lobby.queue(8)
  await sales.drawn.queue(8)
  await pause(sales.paused)
  await hang(system, sales.open)
  return sales
}

function plans(now: number): Record<keyof Sales, SaleOptions> {
  const soon = { opensAt: new Date(now + 2 * HOUR_MS), closesAt: new Date(now + DAY_MS) }
  const [before, since] = [new Date(now - 2 * DAY_MS), new Date(now - DAY_MS)]
  return {
    open: {
      name: '달빛 나루 페스티벌',
      descriptionKo: '강가에서 보내는 이틀 밤.\n\n등불을 띄우고, 새벽까지 노래합니다.',
      descriptionEn: 'Two nights by the river.\n\nLanterns on the water, songs until dawn.',
      room: { maxActive: 1 },
    },
    called: {
      name: 'Moonlit Ferry Festival',
      room: { graceSeconds: LONG_SECONDS, passSeconds: LONG_SECONDS, holdSeconds: LONG_SECONDS },
    },
    lobby: { name: '한강 등불의 밤 Hangang Lantern Night', room: { ...soon, order: 'draw' } },
    drawn: { name: '전주 소리 마당', room: { ...soon, order: 'draw', maxActive: 1 } },
    upcoming: {
      name: 'Jeju Wind Orchestra and Friends',
      place: '제주 서귀포 예술의전당',
      room: { ...soon, lobbyAt: new Date(now + HOUR_MS), order: 'draw' },
    },
    soldOut: { name: 'Tiny Attic Sessions', units: 1 },
    closed: {
      name: 'Autumn Leaves Fair',
      room: { lobbyAt: before, opensAt: before, closesAt: since },
    },
    paused: { name: '부산 파도 소리 축제' },
    restoring: { name: 'Winter Light Parade' },
  }
}

async function pause(sale: Sale): Promise<void> {
  const notice = {
    ko: '무대 점검으로 잠시 멈췄습니다. 10분 안에 다시 시작합니다.',
    en: 'We are checking the stage and go on within ten minutes.',
  }
  await sale.control({ phase: 'paused', notice })
  await until(async () => (await sale.status())['phase'] === 'paused', 'the pause')
}

/** Opens a sale with a draw, once all fans are in its lobby. */
export async function runDraw(sale: Sale): Promise<void> {
  await sale.control({ phase: 'open' })
  await until(async () => {
    const { draw } = (await sale.status()) as { draw?: { drawn: boolean } }
    return draw?.drawn === true
  }, 'the draw')
  // The first fan drawn takes the only slot, and the others wait.
  await sale.queue(4)
}

/** Puts a room into the restoring state after a loss of Redis, and leaves it there. */
export async function loseRoom({ redisUrl }: TestSystem, sale: Sale): Promise<void> {
  const redis = createRedis({ url: redisUrl, name: 'scenes', log: createLogger('scenes', 'silent') })
  await redis.connect()
  await redis.hset(roomKeys(sale.id).settings, { restoringUntil: Date.now() + DAY_MS })
  await until(async () => (await sale.status())['phase'] === 'restoring', 'the room to be restored')
  await redis.quit()
}

/** Gives a festival an image, as its organiser would. */
async function hang(system: TestSystem, { id }: Sale): Promise<void> {
  const session = await signedIn(system, 'organiser')
  const response = await fetch(`${system.gatewayUrl}/api/admin/festivals/${id}/image`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${session}`, 'content-type': 'image/jpeg' },
    body: await lanterns(),
  })
  if (!response.ok) throw new Error(`The image was refused: ${await response.text()}`)
  await until(async () => {
    const festival = await fetch(`${system.gatewayUrl}/festivals/${id}`)
    return (await festival.text()).includes('/images/')
  }, 'the image')
}
