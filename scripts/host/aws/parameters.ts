import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { HostError } from '../system/host.ts'
import { clientOptions, type Place } from './place.ts'

/** Parameters by their names below the prefix, such as `gateway/keys/PLACE_SECRET`. */
export type ParameterStore = {
  get: (name: string) => Promise<string | undefined>
  /** All below a path, by the last part of their names. */
  list: (path: string) => Promise<ReadonlyMap<string, string>>
  /** Creates a parameter unless there is one: of several hosts that do so, one succeeds. */
  create: (name: string, value: NewValue) => Promise<'created' | 'exists'>
  replace: (name: string, value: NewValue) => Promise<void>
}

/** Secrets are encrypted, and readable only for the roles that may decrypt them. */
export type NewValue = { text: string; secret: boolean }

/** The client itself retries what is temporary, a few times. */
const ATTEMPTS_MAX = 5

export function createParameterStore(place: Place): ParameterStore & { close: () => void } {
  const client = new SSMClient({ ...clientOptions(place, 'ssm'), maxAttempts: ATTEMPTS_MAX })
  const pathOf = (name: string) => `/${place.name}/${name}`

  async function put(name: string, { text, secret }: NewValue, overwrite: boolean): Promise<void> {
    const type = secret ? 'SecureString' : 'String'
    await client.send(
      new PutParameterCommand({ Name: pathOf(name), Value: text, Type: type, Overwrite: overwrite }),
    )
  }

  return {
    get: (name) =>
      named(pathOf(name), async () => {
        try {
          const found = await client.send(
            new GetParameterCommand({ Name: pathOf(name), WithDecryption: true }),
          )
          return found.Parameter?.Value
        } catch (error) {
          if (error instanceof ParameterNotFound) return undefined
          throw error
        }
      }),
    list: (path) =>
      named(pathOf(path), async () => {
        const found = new Map<string, string>()
        const pages = paginateGetParametersByPath({ client }, { Path: pathOf(path), WithDecryption: true })
        for await (const { Parameters = [] } of pages) {
          for (const { Name = '', Value } of Parameters) {
            if (Value !== undefined) found.set(Name.slice(pathOf(path).length + 1), Value)
          }
        }
        return found
      }),
    create: (name, value) =>
      named(pathOf(name), async () => {
        try {
          await put(name, value, false)
          return 'created'
        } catch (error) {
          if (error instanceof ParameterAlreadyExists) return 'exists'
          throw error
        }
      }),
    replace: (name, value) => named(pathOf(name), () => put(name, value, true)),
    close: () => client.destroy(),
  }
}

/** Names the parameter that could not be read or written. */
async function named<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new HostError(`The parameter ${path} is not accessible: ${words}`, { cause: error })
  }
}
