import type { Machine } from '../hosts/machine.ts'
import type { Network } from '../hosts/network.ts'
import type { Instance } from '../simulator/instances.ts'
import type { KeyValueStore } from '../simulator/key-value-store.ts'
import type { Simulator } from '../simulator/simulator.ts'
import type { Terraform } from '../simulator/terraform.ts'
import type { InsideSettings } from './settings.ts'

/** What earlier steps have made for later ones. */
export type State = {
  settings: InsideSettings
  env: NodeJS.ProcessEnv
  network: Network
  simulator?: Simulator
  /** CloudFront's, which has the gateway's proof. */
  proofs?: KeyValueStore
  terraform?: Terraform
  /** The name of the secret with the database's master password. */
  masterSecret?: string | undefined
  stores?: Machine
  hosts: Partial<Record<Instance['role'], Machine>>
  instances: Instance[]
  publicUrl?: string
  organiserToken?: string
}

/** A part that an earlier step has made; the step's needs guarantee it. */
export function made<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`There is no ${name} yet`)
  return part
}

/** The addresses of a rehearsal: the VPC's own are given by the simulated EC2. */
export const REGION = 'ap-northeast-2'
export const NAME = 'naru'
export const PREFIX = 8
export const KEY_VALUE_STORE_PORT = 8501
export const ADDRESSES = { aws: '10.255.0.1', stores: '10.255.0.10', cdn: '10.255.0.20' } as const
