import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Simulator } from './simulator.ts'

export type Instance = {
  id: string
  /** The part of the system that it runs. */
  role: 'gateway' | 'origin'
  privateAddress: string
  privateName: string
  type: string
  /** The name of the IAM role whose credentials it has. */
  iamRole: string
  userData: string
}

const InstancesSchema = z.object({
  Reservations: z.array(
    z.object({
      Instances: z.array(
        z.object({
          InstanceId: z.string(),
          InstanceType: z.string(),
          PrivateIpAddress: z.string(),
          PrivateDnsName: z.string(),
          State: z.object({ Name: z.string() }),
          IamInstanceProfile: z.object({ Arn: z.string() }),
          Tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
        }),
      ),
    }),
  ),
})
const ProfileSchema = z.object({
  InstanceProfile: z.object({ Roles: z.array(z.object({ RoleName: z.string() })) }),
})
const UserDataSchema = z.object({ UserData: z.object({ Value: z.string() }) })
const StoresSchema = {
  redis: z.object({
    ReplicationGroups: z.array(
      z.object({
        NodeGroups: z.array(z.object({ PrimaryEndpoint: z.object({ Address: z.string() }) })),
      }),
    ),
  }),
  database: z.object({ DBInstances: z.array(z.object({ Endpoint: z.object({ Address: z.string() }) })) }),
}

/** The instances that run in the simulated EC2, each with the user-data that it was given. */
export async function readInstances({ ask }: Simulator): Promise<Instance[]> {
  const answer = InstancesSchema.parse(await ask('ec2', 'describe-instances'))
  const running = answer.Reservations.flatMap(({ Instances }) => Instances).filter(
    ({ State }) => State.Name === 'running',
  )
  return Promise.all(
    running.map(async ({ IamInstanceProfile, Tags, ...instance }) => {
      const profile = IamInstanceProfile.Arn.split('/').at(-1) ?? ''
      const named = await ask('iam', 'get-instance-profile', '--instance-profile-name', profile)
      const [role] = ProfileSchema.parse(named).InstanceProfile.Roles
      const name = Tags.find(({ Key }) => Key === 'Name')?.Value ?? ''
      return {
        id: instance.InstanceId,
        type: instance.InstanceType,
        privateAddress: instance.PrivateIpAddress,
        privateName: instance.PrivateDnsName,
        iamRole: role?.RoleName ?? profile,
        role: name.includes('gateway') ? ('gateway' as const) : ('origin' as const),
        userData: await readUserData(ask, instance.InstanceId),
      }
    }),
  )
}

async function readUserData(ask: Simulator['ask'], id: string): Promise<string> {
  const attribute = ['--instance-id', id, '--attribute', 'userData']
  const { UserData } = UserDataSchema.parse(await ask('ec2', 'describe-instance-attribute', ...attribute))
  const bytes = Buffer.from(UserData.Value, 'base64')
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** The names under which hosts find the stores. */
export async function readStoreNames({ ask }: Simulator): Promise<string[]> {
  const redis = StoresSchema.redis.parse(await ask('elasticache', 'describe-replication-groups'))
  const database = StoresSchema.database.parse(await ask('rds', 'describe-db-instances'))
  const nodes = redis.ReplicationGroups.flatMap(({ NodeGroups }) => NodeGroups)
  return [
    ...nodes.map(({ PrimaryEndpoint }) => PrimaryEndpoint.Address),
    ...database.DBInstances.map(({ Endpoint }) => Endpoint.Address),
  ]
}
