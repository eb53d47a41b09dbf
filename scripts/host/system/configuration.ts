import { readGatewayConfig } from '../../../gateway/config.ts'
import { readOriginConfig } from '../../../origin/config.ts'
import { ConfigError } from '../../../shared/runtime/env.ts'
import { HostError, type HostPaths, type ServiceName } from './host.ts'
import { readServiceEnvironment } from './service-environment.ts'

const READERS = { gateway: readGatewayConfig, origin: readOriginConfig }

/** Checks a service's configuration as the service does at its start. Throws with every error in one line. */
export async function checkConfiguration(paths: HostPaths, service: ServiceName): Promise<void> {
  const env = await readServiceEnvironment(paths, service)
  try {
    READERS[service](env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new HostError(`The configuration of the ${service} is not valid: ${error.problems.join('; ')}`)
  }
}
