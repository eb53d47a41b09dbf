import { oneOf, text } from '../runtime/env.ts'
import { publicUrl } from './public-url.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The variables of both services. The first two have the same value on every gateway and origin. */
export const SERVICE_VARIABLES = {
  GATEWAY_PUBLIC_URL: publicUrl().meta({
    description:
      'The URL at which browsers reach the gateway. An https URL gives browsers `__Host-` cookies with `Secure`. Links in e-mails start with it.',
    example: 'https://tickets.example.org',
  }),
  REDIS_URL: text().meta({
    description:
      'Redis: a `redis://` or `rediss://` URL, the path of a Unix socket, or the nodes of a Redis Cluster separated by commas (a single cluster address is followed by a comma). `?ca=FILE` names the certificates (PEM) that sign the one of a `rediss://` server, where it is not a public one.',
    example: 'rediss://:password@redis.example.org:6379',
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS).prefault('info').meta({
    description: 'Log entries of this level and above are written.',
    example: 'debug',
  }),
}
