import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { readPrivateKey } from '../../../shared/tokens/keys.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../../shared/tokens/sign.ts'
import type { BareAnswer, BareCalls } from './bare-server.ts'
import { alternate } from './measure.ts'
import { startChild } from './processes.ts'
import { type Figure, withCpuTime } from './report.ts'
import { publishRoom, untilStatus } from './rooms.ts'
import { type BenchOptions, createSetup, rateOf, type Setup } from './setup.ts'

const ROOM = 'bench-page'
const FESTIVAL = `/festivals/${ROOM}`
const WAITING_ROOM = `${FESTIVAL}/room`
/** A browser's headers, the same with every page. */
const HEADERS = ['Accept-Encoding: gzip, deflate, br', 'Accept-Language: ko-KR,ko;q=0.9,en;q=0.8']
const SESSION_SECONDS = 3600
/** Headers that Node writes itself, and those for one visitor only. */
const NOT_REPEATED = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'x-request-id']

/** The pages that a crowd opens at the same time, each compared with a server that only sends the same bytes. */
export async function benchPage(options: BenchOptions): Promise<Figure[]> {
  const setup = await createSetup(options, [ROOM], (redis) => publishRoom(redis, ROOM))
  const bare = startChild<BareCalls>('bare-server.ts', options.cores?.server)
  const get = (path: string, headers: readonly string[]) => ({
    send: { kind: 'pages' as const, path, headers },
  })
  try {
    await untilStatus(setup.gateway.port, ROOM, ({ phase }) => phase === 'open')
    const bareFestival = await bare.call('serve', await answerOf(setup, FESTIVAL))
    const bareRoom = await bare.call('serve', await answerOf(setup, WAITING_ROOM))
    const barely = async (port: number) =>
      rateOf(await setup.run({ port, ...get('/', HEADERS) }, bare.pid), [200])
    const asked = async (path: string, headers = HEADERS) =>
      rateOf(await setup.run(get(path, headers)), [200])
    const own = [...HEADERS, `Cookie: ${SESSION_COOKIE}=${sessionOf(setup)}`]
    const contenders = {
      bareFestival: () => barely(bareFestival),
      festival: () => asked(FESTIVAL),
      bareRoom: () => barely(bareRoom),
      room: () => asked(WAITING_ROOM),
      own: () => asked(WAITING_ROOM, own),
    }
    await alternate(1, contenders) // not counted: code is compiled while it runs
    const measured = await alternate(options.runs, contenders)
    const figure = (
      name: string,
      contender: 'festival' | 'room' | 'own',
      baseline: 'bareFestival' | 'bareRoom',
    ) =>
      withCpuTime({
        ...{ name, unit: 'pages/s', measured: measured[contender] },
        baseline: { name: 'bare node:http', measured: measured[baseline] },
      })
    return [
      ...figure("a festival's page", 'festival', 'bareFestival'),
      ...figure("a waiting room's page", 'room', 'bareRoom'),
      ...figure("a waiting room's page, signed in", 'own', 'bareRoom'),
    ]
  } finally {
    bare.stop()
    await setup.end()
  }
}

/** A visitor without a place. */
function sessionOf({ gateway }: Setup): string {
  const sign = createTokenSigner('session', readPrivateKey('session', gateway.sessionKeyBase64))
  const iat = Math.floor(Date.now() / 1000)
  const who = { sub: randomUUID(), name: 'Fan', roles: ['fan' as const] }
  return sign({ aud: AUDIENCES.session, ...who, iat, exp: iat + SESSION_SECONDS })
}

async function answerOf({ gateway }: Setup, path: string): Promise<BareAnswer> {
  const headers = HEADERS.map((line): [string, string] => {
    const [name = '', value = ''] = line.split(': ')
    return [name, value]
  })
  // Not `fetch`, which would unpack it.
  const answer = await request(`http://127.0.0.1:${gateway.port}${path}`, {
    headers: Object.fromEntries(headers),
  })
  const body = Buffer.from(await answer.body.arrayBuffer()).toString('base64')
  const repeated = Object.entries(answer.headers).filter(([name]) => !NOT_REPEATED.includes(name))
  const flat = repeated.flatMap(([name, value]) => [value].flat().flatMap((each) => [name, String(each)]))
  return { status: answer.statusCode, headers: flat, body, encoding: 'base64' }
}
