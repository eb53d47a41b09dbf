import { Failure } from '../stores/failure.ts'
import { whyNot } from '../stores/free-ports.ts'

export type PublicPortOptions = {
  host: string
  /** GATEWAY_PORT as the user has set it; 0 leaves the choice to this script. */
  asked: string | undefined
  usual: number
  spare: number
}

/** The port that fans use: the one the user asked for, else the usual one or, where that is taken, the spare one. */
export async function choosePublicPort({ host, asked, usual, spare }: PublicPortOptions): Promise<number> {
  const isAsked = asked !== undefined && asked !== ''
  const port = isAsked ? Number(asked) : usual
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure(`GATEWAY_PORT is no port: ${asked}`)
  if (port === 0) return spare
  const reason = await whyNot(host, port)
  if (reason === undefined) return port
  if (reason === 'EADDRINUSE' && !isAsked) return spare
  const why = reason === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${reason})`
  throw new Failure(`Port ${port} of ${host} ${why}`, {
    advice: 'Choose others with GATEWAY_HOST and GATEWAY_PORT.',
  })
}
