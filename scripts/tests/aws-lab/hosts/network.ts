import { runCommand } from '../../../develop/stores/command.ts'

const BRIDGE = 'rehearsal'
const TIMEOUT_MS = 10_000

export type Network = {
  /** Gives a host a namespace of its own with one interface on the bridge. */
  add(host: string, address: string): Promise<void>
  /** Lets packets from one host reach the other, but no answer come back, until the returned function is called. */
  silence(host: string, towards: string): Promise<() => Promise<void>>
}

export type NetworkOptions = {
  env: NodeJS.ProcessEnv
  /** The addresses that the rehearsal itself has on the bridge, as CIDR: the simulated AWS. */
  own: readonly string[]
  prefix: number
}

/** A bridge in the network namespace of this process, which goes with it. Nothing leads out of it. */
export async function createNetwork({ env, own, prefix }: NetworkOptions): Promise<Network> {
  const ip = (...args: string[]): Promise<string> =>
    runCommand({ name: `ip ${args.join(' ')}`, command: 'ip', args, env, timeoutMs: TIMEOUT_MS })
  await ip('link', 'set', 'lo', 'up')
  await ip('link', 'add', BRIDGE, 'type', 'bridge')
  for (const address of own) await ip('address', 'add', address, 'dev', BRIDGE)
  await ip('link', 'set', BRIDGE, 'up')
  let count = 0
  return {
    async add(host, address) {
      const outer = `host${count}`
      count += 1
      await ip('netns', 'add', host)
      await ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'host0', 'netns', host)
      await ip('link', 'set', outer, 'master', BRIDGE, 'up')
      await ip('-n', host, 'address', 'add', `${address}/${prefix}`, 'dev', 'host0')
      await ip('-n', host, 'link', 'set', 'host0', 'up')
      await ip('-n', host, 'link', 'set', 'lo', 'up')
    },
    async silence(host, towards) {
      await ip('-n', host, 'route', 'add', 'blackhole', `${towards}/32`)
      return async () => {
        await ip('-n', host, 'route', 'del', 'blackhole', `${towards}/32`)
      }
    },
  }
}

/** The path of a host's network namespace. */
export function namespaceOf(host: string): string {
  return `/run/netns/${host}`
}
