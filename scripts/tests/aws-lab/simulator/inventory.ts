import pLimit from 'p-limit'
import { z } from 'zod'
import type { Simulator } from './simulator.ts'

/** For each kind of resource that the module makes: how to ask for all there are, and which part names each. */
const QUESTIONS: Record<
  string,
  readonly [service: string, operation: string, query: string, ...more: string[]]
> = {
  vpc: ['ec2', 'describe-vpcs', 'Vpcs[?!IsDefault].VpcId'],
  subnet: ['ec2', 'describe-subnets', 'Subnets[?!DefaultForAz].SubnetId'],
  instance: ['ec2', 'describe-instances', "Reservations[].Instances[?State.Name!='terminated'][].InstanceId"],
  volume: ['ec2', 'describe-volumes', 'Volumes[].VolumeId'],
  address: ['ec2', 'describe-addresses', 'Addresses[].PublicIp'],
  'NAT gateway': ['ec2', 'describe-nat-gateways', "NatGateways[?State!='deleted'].NatGatewayId"],
  'internet gateway': ['ec2', 'describe-internet-gateways', 'InternetGateways[].InternetGatewayId'],
  'security group': ['ec2', 'describe-security-groups', "SecurityGroups[?GroupName!='default'].GroupId"],
  'VPC endpoint': ['ec2', 'describe-vpc-endpoints', "VpcEndpoints[?State!='deleted'].VpcEndpointId"],
  balancer: ['elbv2', 'describe-load-balancers', 'LoadBalancers[].LoadBalancerName'],
  database: ['rds', 'describe-db-instances', 'DBInstances[].DBInstanceIdentifier'],
  snapshot: ['rds', 'describe-db-snapshots', 'DBSnapshots[].DBSnapshotIdentifier'],
  'parameter group': ['rds', 'describe-db-parameter-groups', 'DBParameterGroups[].DBParameterGroupName'],
  'database subnets': ['rds', 'describe-db-subnet-groups', 'DBSubnetGroups[].DBSubnetGroupName'],
  redis: ['elasticache', 'describe-replication-groups', 'ReplicationGroups[].ReplicationGroupId'],
  'redis node': ['elasticache', 'describe-cache-clusters', 'CacheClusters[].CacheClusterId'],
  bucket: ['s3api', 'list-buckets', 'Buckets[].Name'],
  parameter: ['ssm', 'describe-parameters', "Parameters[?!starts_with(Name, '/aws/')].Name"],
  document: ['ssm', 'list-documents', 'DocumentIdentifiers[].Name', '--filters', 'Key=Owner,Values=Self'],
  secret: ['secretsmanager', 'list-secrets', 'SecretList[].Name'],
  role: ['iam', 'list-roles', "Roles[?!starts_with(RoleName, 'AWSServiceRole')].RoleName"],
  'instance profile': ['iam', 'list-instance-profiles', 'InstanceProfiles[].InstanceProfileName'],
  'log group': ['logs', 'describe-log-groups', 'logGroups[].logGroupName'],
  alarm: ['cloudwatch', 'describe-alarms', 'MetricAlarms[].AlarmName'],
  dashboard: ['cloudwatch', 'list-dashboards', 'DashboardEntries[].DashboardName'],
  topic: ['sns', 'list-topics', 'Topics[].TopicArn'],
  distribution: ['cloudfront', 'list-distributions', 'DistributionList.Items[].Id'],
}
const NamesSchema = z.array(z.string()).nullish()
/** Each question is a process that keeps a processor busy for a second. */
const CONCURRENCY = 2

/** What the simulated AWS holds of the kinds that the module makes, less what every account has, as `kind name`. */
export async function readInventory({ ask }: Pick<Simulator, 'ask'>): Promise<string[]> {
  const limit = pLimit(CONCURRENCY)
  const found = await limit.map(Object.entries(QUESTIONS), async ([kind, question]) => {
    const [service, operation, query, ...more] = question
    const names = NamesSchema.parse(await ask(service, operation, '--query', query, ...more))
    return (names ?? []).map((name) => `${kind} ${name}`)
  })
  return found.flat()
}
