import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Attribute, attributesOf, type Block, blocksOf, type Item, parseHcl } from '../terraform/hcl.ts'

/**
 * Writes a copy of the module in terraform/ in the words of version 3.39 of the AWS provider, the newest one that can be
 * had without terraform's registry, so that plan, apply and destroy run against a simulated AWS. What has another name
 * there gets that name; what 3.39 or the simulator lacks is left out, and `LEFT_OUT` says why.
 */

/** Types of resources that the copy lacks. */
const LEFT_OUT: Record<string, string> = {
  aws_cloudfront_vpc_origin: 'newer than 3.39: the copy has a custom origin',
  aws_cloudfront_function: 'newer than 3.39',
  aws_cloudfront_key_value_store: 'newer than 3.39',
  aws_cloudfront_cache_policy: 'not simulated: the copy uses a managed policy',
  aws_cloudfront_origin_request_policy: 'not simulated: the copy uses a managed policy',
  aws_s3_bucket_policy: 'the simulator applies it to its own plain HTTP',
  aws_s3_bucket_versioning: 'a block of aws_s3_bucket in 3.39',
  aws_s3_bucket_ownership_controls: 'BucketOwnerEnforced is newer than 3.39',
  aws_s3_bucket_server_side_encryption_configuration: 'newer than 3.39',
  aws_s3_bucket_lifecycle_configuration: 'newer than 3.39',
  aws_ssm_association: 'not simulated: the rehearsal runs the document itself',
}

/** What the simulator does not return as it was set. The copy ignores it, so that a second plan has to be empty. */
const FORGOTTEN: Record<string, string[]> = {
  aws_cloudfront_distribution: ['default_cache_behavior', 'ordered_cache_behavior', 'viewer_certificate'],
  aws_db_parameter_group: ['parameter'],
  aws_elasticache_replication_group: ['maintenance_window', 'tags', 'tags_all'],
  aws_instance: ['vpc_security_group_ids'],
  aws_vpc_security_group_ingress_rule: ['description'],
}

/** Every secret of the copy. In the module none of them is in the state. */
const REHEARSAL_SECRET = 'rehearsal-only-0123456789abcdef0123456789abcdef0123456789abcdef'
const SERVICES = [
  'acm',
  'budgets',
  'cloudfront',
  'cloudwatch',
  'cloudwatchlogs',
  'ec2',
  'elasticache',
  'elb',
  'iam',
  'kms',
  'rds',
  's3',
  'secretsmanager',
  'sns',
  'ssm',
  'sts',
]

type Edit = { start: number; end: number; text: string }

/** What to write instead of an attribute: undefined removes it. */
type Change = (attribute: Attribute) => string | undefined
const removed: Change = () => undefined
const renamed =
  (name: string): Change =>
  ({ expression }) =>
    `${name} = ${expression}`
const replaced =
  (text: string): Change =>
  () =>
    text

/** By type of resource, and by attribute or block within it. Blocks can be removed only. */
const CHANGES: Record<string, Record<string, Change>> = {
  aws_cloudwatch_metric_alarm: { region: removed },
  aws_sns_topic: { region: removed },
  aws_sns_topic_subscription: { region: removed },
  aws_budgets_budget: {
    notification: removed, // the simulator knows no subscribers
    time_unit: ({ expression }) => `time_unit = ${expression}\n  time_period_start = "2026-01-01_00:00"`,
  },
  aws_lb: { preserve_host_header: removed },
  aws_eip: { domain: replaced('vpc = true') },
  aws_s3_object: { source_hash: replaced('etag = try(filemd5(local.release_file), null)') },
  aws_ssm_parameter: { value_wo: replaced(`value = "${REHEARSAL_SECRET}"`), value_wo_version: removed },
  aws_db_instance: {
    db_name: renamed('name'),
    manage_master_user_password: replaced(`password = "${REHEARSAL_SECRET.slice(0, 40)}"`),
  },
  aws_elasticache_replication_group: {
    description: renamed('replication_group_description'),
    engine_version: replaced('engine_version = "7.x"'),
    num_cache_clusters: renamed('number_cache_clusters'),
    num_node_groups: replaced(`dynamic "cluster_mode" {
    for_each = var.redis_shards > 0 ? ["yes"] : []
    content {
      num_node_groups         = var.redis_shards
      replicas_per_node_group = var.redis_replicas
    }
  }`),
    replicas_per_node_group: removed,
    auth_token_wo: replaced(`auth_token = "${REHEARSAL_SECRET}"`),
    auth_token_wo_version: removed,
    auth_token_update_strategy: removed,
  },
  aws_cloudfront_distribution: {
    http_version: replaced('http_version = "http2"'),
    cache_policy_id: replaced('cache_policy_id = local.caching_disabled'),
    function_association: removed,
    vpc_origin_config: replaced(`custom_origin_config {
      http_port              = 8080
      https_port             = 443
      origin_protocol_policy = "http-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }`),
  },
  aws_vpc_security_group_ingress_rule: securityRule('ingress'),
  aws_vpc_security_group_egress_rule: securityRule('egress'),
  aws_s3_bucket: {
    // The first attribute of the block takes in what is a resource of its own in the module.
    bucket: ({ expression }) => `bucket = ${expression}
  versioning {
    enabled = true
  }`,
  },
}

function securityRule(type: string): Record<string, Change> {
  return {
    security_group_id: ({ expression }) => `type = "${type}"\n  security_group_id = ${expression}`,
    ip_protocol: renamed('protocol'),
    referenced_security_group_id: renamed('source_security_group_id'),
    prefix_list_id: ({ expression }) => `prefix_list_ids = [${expression}]`,
    cidr_ipv4: ({ expression }) => `cidr_blocks = [${expression}]\n  from_port = 0\n  to_port = 0`,
  }
}

/** In whatever is left, last. */
const REPLACEMENTS: readonly [from: string | RegExp, to: string][] = [
  [/version = "~> 6\.\d+"/g, 'version = "3.39.0"'],
  ['resource "aws_vpc_security_group_ingress_rule" "', 'resource "aws_security_group_rule" "ingress_'],
  ['resource "aws_vpc_security_group_egress_rule" "', 'resource "aws_security_group_rule" "egress_'],
  ['aws_vpc_security_group_ingress_rule.', 'aws_security_group_rule.ingress_'],
  ['aws_vpc_security_group_egress_rule.', 'aws_security_group_rule.egress_'],
  [/\baws_s3_object\b/g, 'aws_s3_bucket_object'],
  ['aws_db_instance.main.db_name', 'aws_db_instance.main.name'],
  ['aws_db_instance.main.master_user_secret[0].secret_arn', `"${secretArn('rds-master')}"`],
  ['aws_cloudfront_key_value_store.proof.arn', '"arn:aws:cloudfront::123456789012:key-value-store/none"'],
  [/aws_cloudfront_cache_policy\.\w+\.id/g, 'local.caching_disabled'],
  [/aws_cloudfront_origin_request_policy\.\w+\.id/g, 'local.caching_disabled'],
  [/aws_cloudfront_function\.proof\.arn/g, '""'],
]

function secretArn(name: string): string {
  return `arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:${name}`
}

/** The text of one file of the copy. */
function translate(source: string): string {
  const edits: Edit[] = []
  for (const block of blocksOf(parseHcl(source))) {
    const [type = ''] = block.labels
    if (block.type === 'ephemeral' || (block.type === 'resource' && type in LEFT_OUT)) {
      edits.push({ start: block.start, end: block.end, text: '' })
      continue
    }
    if (block.type !== 'resource') continue
    const changes = { depends_on: withoutLeftOut, ...CHANGES[type] }
    edits.push(...editsOf(block.body, changes), ...ignoring(block, FORGOTTEN[type] ?? []))
  }
  let text = source
  for (const { start, end, text: to } of edits.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + to + text.slice(end)
  }
  for (const [from, to] of REPLACEMENTS) {
    text = typeof from === 'string' ? text.replaceAll(from, to) : text.replace(from, to)
  }
  return text
}

const LEFT_OUT_ADDRESS = new RegExp(`\\b(?:${Object.keys(LEFT_OUT).join('|')})\\.\\w+,?\\s*`, 'g')

function withoutLeftOut({ name, expression }: Attribute): string {
  return `${name} = ${expression.replace(LEFT_OUT_ADDRESS, '')}`
}

/** Adds attributes to those whose changes a resource ignores. */
function ignoring(block: Block, names: readonly string[]): Edit[] {
  if (names.length === 0) return []
  const [lifecycle] = blocksOf(block.body, 'lifecycle')
  const ignored = attributesOf(lifecycle?.body ?? []).find(({ name }) => name === 'ignore_changes')
  const text = `ignore_changes = [${names.join(', ')}]`
  if (ignored !== undefined) return [insert(ignored.end - 1, `, ${names.join(', ')}`)]
  if (lifecycle !== undefined) return [insert(lifecycle.end - 1, `  ${text}\n  `)]
  return [insert(block.end - 1, `  lifecycle {\n    ${text}\n  }\n`)]
}

const insert = (at: number, text: string): Edit => ({ start: at, end: at, text })

function editsOf(items: readonly Item[], changes: Record<string, Change>): Edit[] {
  const own = attributesOf(items).flatMap((attribute) => {
    const change = changes[attribute.name]
    if (change === undefined) return []
    return [{ start: attribute.start, end: attribute.end, text: change(attribute) ?? '' }]
  })
  const within = blocksOf(items).flatMap((block): Edit[] => {
    const change = changes[nameOf(block)]
    if (change === undefined) return editsOf(block.body, changes)
    const asAttribute: Attribute = { ...block, kind: 'attribute', name: nameOf(block), expression: '' }
    return [{ start: block.start, end: block.end, text: change(asAttribute) ?? '' }]
  })
  return [...own, ...within]
}

/** The name of what a block makes: a dynamic one is named by its label. */
const nameOf = ({ type, labels }: Block) => (type === 'dynamic' ? (labels[0] ?? '') : type)

/** Credentials and addresses of the simulator, merged into the module's provider. */
function providerOverride(endpoint: string): string {
  return `provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_force_path_style         = true
  endpoints {
${SERVICES.map((service) => `    ${service} = "${endpoint}"`).join('\n')}
  }
}
`
}

/** Replaces the folder `target` by the copy. */
export function translateModule(source: string, target: string, endpoint: string): void {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const file of globSync(join(source, '*.tf'))) {
    writeFileSync(join(target, basename(file)), translate(readFileSync(file, 'utf8')))
  }
  writeFileSync(join(target, 'provider_override.tf'), providerOverride(endpoint))
  cpSync(join(source, 'files'), join(target, 'files'), { recursive: true })
  for (const test of globSync(join(source, 'tests/*.tftest.hcl'))) {
    mkdirSync(join(target, 'tests'), { recursive: true })
    writeFileSync(join(target, 'tests', basename(test)), translate(readFileSync(test, 'utf8')))
  }
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [source, target, endpoint = 'http://127.0.0.1:18500'] = positionals
  if (source === undefined || target === undefined)
    throw new Error('translate-module.ts SOURCE TARGET [ENDPOINT]')
  translateModule(source, target, endpoint)
}
