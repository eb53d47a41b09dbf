import { z } from 'zod'
import type { Command } from '../operate/read-options.ts'
import { option } from '../operate/read-options.ts'

const EXIT = 'Exit status: 0 done, 1 not done, for the reason on stderr, 2 wrong usage.'
const SHA256 = /^[0-9a-fA-F]{64}$/

export const ROLLOUT = {
  start: 'naru rollout',
  about: `Rolls out a release: fetches it, checks it, migrates, starts it beside the current one, and drains that when
the new one is ready. Otherwise the current one continues.`,
  options: z.object({
    archive: option('FILE', 'the archive, also as s3://BUCKET/KEY', z.string({ error: 'is required' })),
    sha256: option(
      'HEX',
      'its checksum',
      z.string({ error: 'is required' }).regex(SHA256, 'must be 64 hexadecimal digits'),
    ),
  }),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const ACTIVATE = {
  start: 'naru activate',
  about: 'Activates the release that this program belongs to; naru rollout hands over to it.',
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const HEALTH = {
  start: 'naru health',
  about: 'Says of each service of this host its version, and whether it is ready or why not.',
  options: z.object({}),
  exit: 'Exit status: 0 all are ready, 1 one is not, 2 wrong usage.',
} satisfies Command<z.ZodObject>

export const MIGRATE = {
  start: 'naru migrate',
  about:
    "Brings the database of an origin's host to the schema of this release; rollouts do so by themselves.",
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const ORGANISER_ADD = {
  start: 'naru organiser add',
  about: `Makes the owner of an address an organiser and an operator, on an origin's host. Prints a link with which they
set their password, once, within a day.`,
  argument: {
    name: 'EMAIL',
    about: 'the address',
    ask: 'Name the e-mail address',
    one: 'One address at a time',
  },
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const AWS_APPLY = {
  start: 'naru aws apply',
  about: `Brings a host on AWS to the release and the settings that its parameters name; /etc/naru/aws.json says where
they are. Makes the keys that are missing.`,
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const AWS_FETCH = {
  start: 'naru aws fetch',
  about: `Fetches the release that the parameters of a host on AWS name, and leaves its services as they are: so that
every gateway has the static files of a release before the first one serves its pages.`,
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>

const ROLES = ['gateway', 'origin', 'both'] as const

export const INSTALL = {
  start: 'naru install',
  about: `Installs this release on a server of your own, from the folder that it was unpacked in, and starts it. The same
command of a newer release upgrades; what is not given stays as it is.`,
  argument: {
    name: 'ROLE',
    about: `what this host runs: ${ROLES.join(', ')}`,
    ask: `Name what this host runs: ${ROLES.join(', ')}`,
    one: 'One role for a host',
  },
  options: z.object({
    settings: option('FILE', 'variables of the services, one NAME=value in a line', z.string().optional()),
    peer: option('FILE', "the public keys of the other service's host", z.string().optional()),
    listen: option(
      'ADDRESS:PORT',
      'where the service listens (127.0.0.1:8080 for a gateway, 127.0.0.1:8081 for an origin)',
      z.string().optional(),
    ),
  }),
  exit: EXIT,
} satisfies Command<z.ZodObject>

export const KEYS_PUBLISH = {
  start: 'naru keys publish',
  about: `Prints the public keys of a service, for the host of the other one (--peer of naru install). Makes the private
keys where they are missing.`,
  argument: {
    name: 'SERVICE',
    about: 'gateway or origin',
    ask: 'Name the service: gateway or origin',
    one: 'One service at a time',
  },
  options: z.object({}),
  exit: EXIT,
} satisfies Command<z.ZodObject>
