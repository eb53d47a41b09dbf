import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CACHED_FOR_A_SECOND } from '../../../gateway/edge/caching.ts'
import { HTTP_LIMITS } from '../../../shared/http/listen.ts'
import { readSettings } from '../../host/aws/settings.ts'
import { checkModule, readModule, readSchema } from './check-module.ts'
import { attributesOf, type Block, blocksOf, parseHcl } from './hcl.ts'

const MODULE = join(import.meta.dirname, '../../../terraform')
const schema = readSchema()
const problemsOf = (text: string) => checkModule(new Map([['main.tf', text]]), schema).problems

describe('the module in terraform/', () => {
  it('has only blocks, arguments and references that version 6.62 of the provider knows', () => {
    const { problems, blocksChecked, referencesChecked } = checkModule(readModule(MODULE), schema)
    expect(problems).toEqual([])
    expect(blocksChecked).toBeGreaterThan(130)
    expect(referencesChecked).toBeGreaterThan(300)
  })
})

describe('the settings of hosts', () => {
  const text = readFileSync(join(MODULE, 'parameters.tf'), 'utf8')
  const namesIn = (part: string) =>
    [...part.matchAll(/\b([A-Z][A-Z_]+[A-Z]) +=/g)].map(([, name = '']) => name)
  const [gateway = '', origin = ''] = text.slice(text.indexOf('settings = {')).split('origin = merge(')

  it.each([
    ['gateway', namesIn(gateway)],
    ['origin', namesIn(origin)],
  ] as const)('of a %s are known to the service or to the host program', (role, names) => {
    expect(names.length).toBeGreaterThan(5)
    const settings = readSettings(role, JSON.stringify(Object.fromEntries(names.map((name) => [name, 'x']))))
    const known = readFileSync(join(MODULE, '..', role, 'CONFIGURATION.md'), 'utf8')
    const strangers = Object.keys(settings.variables).filter((name) => !known.includes(`\n| \`${name}\` |`))
    expect(strangers).toEqual([])
  })
})

describe('what stands between viewers and gateways', () => {
  const resources = [...readModule(MODULE).values()].flatMap((text) => blocksOf(parseHcl(text), 'resource'))
  const valuesOf = (block: Block): Map<string, string> =>
    new Map([
      ...blocksOf(block.body).flatMap((inner) => [...valuesOf(inner)]),
      ...attributesOf(block.body).map(({ name, expression }) => [name, expression.trim()] as const),
    ])
  const valueIn = (address: string, name: string) => {
    const block = resources.find(({ labels }) => labels.join('.') === address)
    const value = block === undefined ? undefined : valuesOf(block).get(name)
    if (value === undefined) throw new Error(`${address} has no ${name}`)
    return value
  }

  it('closes idle connections from the outside in, so that no request meets one that is being closed', () => {
    const cdn = Number(valueIn('aws_cloudfront_distribution.main', 'origin_keepalive_timeout'))
    const balancer = Number(valueIn('aws_lb.this', 'idle_timeout'))
    expect(cdn).toBeLessThan(balancer)
    expect(balancer * 1000).toBeLessThan(HTTP_LIMITS.keepAliveTimeoutMs)
  })

  it('may serve a stale status for as long as the gateway allows', () => {
    const seconds = [...CACHED_FOR_A_SECOND.matchAll(/=(\d+)/g)].map(([, value]) => Number(value))
    const longest = Number(valueIn('aws_cloudfront_cache_policy.status', 'max_ttl'))
    expect(longest).toBeGreaterThan(Math.max(...seconds))
  })

  it('forwards neither cookies nor a query with the poll whose answer all fans get', () => {
    const policy = 'aws_cloudfront_origin_request_policy.status'
    expect(valueIn(policy, 'cookie_behavior')).toBe('"none"')
    expect(valueIn(policy, 'query_string_behavior')).toBe('"none"')
  })

  it('leaves Host as browsers send it, with which the gateway compares their Origin', () => {
    expect(valueIn('aws_lb.this', 'preserve_host_header')).toBe('true')
  })
})

describe('the roles of hosts', () => {
  const policy = blocksOf(parseHcl(readFileSync(join(MODULE, 'roles.tf'), 'utf8'))).find(
    ({ labels }) => labels.join('.') === 'aws_iam_policy_document.host',
  )
  const statements = blocksOf(policy?.body ?? []).flatMap((block) =>
    block.type === 'dynamic' ? blocksOf(block.body, 'content') : [block],
  )
  const textOf = ({ body }: Block, name: string) =>
    attributesOf(body)
      .find((attribute) => attribute.name === name)
      ?.expression.trim() ?? ''
  const isSecret = (statement: Block) =>
    /"(?:ssm:(?:Get|Put)Param|secretsmanager:|cloudfront-keyvaluestore:)/.test(textOf(statement, 'actions'))

  it('read and write secrets from the address of their network only', () => {
    const secret = statements.filter(isSecret)
    expect(secret.map((statement) => textOf(statement, 'sid'))).toEqual([
      '"ReadParameters"',
      '"PublishKeys"',
      '"TellCloudFrontTheProof"',
      '"CreateDatabaseUsers"',
    ])
    const conditions = secret.map(({ body }) =>
      blocksOf(body, 'condition').map((condition) => textOf(condition, 'variable')),
    )
    expect(conditions).toEqual(secret.map(() => ['"aws:SourceIp"']))
  })

  it('take all resources only where AWS knows no others, and start nothing on other hosts', () => {
    const wide = statements.filter((statement) => textOf(statement, 'resources') === '["*"]')
    expect(wide.map((statement) => textOf(statement, 'sid'))).toEqual(['"SendMetrics"', '"BeManaged"'])
    const actions = statements.map((statement) => textOf(statement, 'actions')).join()
    expect(actions).not.toMatch(/\*|SendCommand|StartSession|StartAssociationsOnce|iam:|sts:/)
  })
})

describe('destroying', () => {
  it('begins with the question, on which everything waits that nothing else depends on', () => {
    const all = [...readModule(MODULE).values()].flatMap((text) => blocksOf(parseHcl(text)))
    const addressOf = ({ labels }: Block) => labels.join('.')
    const isQuestion = (block: Block) => addressOf(block) === 'terraform_data.destroy'
    const referencesOf = (block: Block) => JSON.stringify(block.body).match(/\baws_\w+\.\w+/g) ?? []
    const used = new Set(
      all
        .filter(({ type }) => ['resource', 'data', 'locals'].includes(type))
        .flatMap((block) => (isQuestion(block) ? [] : referencesOf(block))),
    )
    const resources = all.filter(({ type, labels }) => type === 'resource' && labels[0] !== 'terraform_data')
    const leaves = resources.map(addressOf).filter((address) => !used.has(address))
    expect(leaves.length).toBeGreaterThan(10)
    expect(all.filter(isQuestion).flatMap(referencesOf)).toEqual(expect.arrayContaining(leaves))
  })
})

describe('the check against the schema', () => {
  const topic = (body: string) => problemsOf(`resource "aws_sns_topic" "a" {\n${body}\n}`)

  it('names an argument that the resource does not have', () => {
    expect(topic('nmae = "x"')).toEqual(['main.tf, line 2: aws_sns_topic.a has no nmae'])
  })

  it('names a required argument that is missing', () => {
    expect(problemsOf('resource "aws_ssm_parameter" "a" {\ntype = "String"\n}')).toEqual([
      'main.tf, line 1: aws_ssm_parameter.a needs name',
    ])
  })

  it('names a block that is written as an argument, and an argument that is written as a block', () => {
    expect(problemsOf('resource "aws_instance" "a" {\nroot_block_device = {}\nami {}\n}')).toEqual([
      'main.tf, line 2: aws_instance.a.root_block_device is a block',
      'main.tf, line 3: aws_instance.a.ami is an argument',
    ])
  })

  it('looks into nested and dynamic blocks', () => {
    const group = (content: string) => `resource "aws_db_parameter_group" "a" {
      family = "mysql9.7"
      dynamic "parameter" {
        for_each = []
        content { ${content} }
      }
    }`
    expect(problemsOf(group('name = "a"'))).toEqual([
      'main.tf, line 5: aws_db_parameter_group.a.parameter needs value',
    ])
    expect(problemsOf(group('when = "now"')).at(-1)).toBe(
      'main.tf, line 5: aws_db_parameter_group.a.parameter has no when',
    )
  })

  it('names a type that the provider does not have', () => {
    expect(problemsOf('resource "aws_nothing" "a" {}')).toEqual([
      'main.tf, line 1: hashicorp/aws 6.62.0 has no resource aws_nothing',
    ])
  })

  it('names a reference to what nothing declares, and to an attribute that a resource does not have', () => {
    expect(topic('name = "$' + '{var.name}"\ndisplay_name = local.name')).toEqual([
      'main.tf, line 2: nothing declares var.name',
      'main.tf, line 3: nothing declares local.name',
    ])
    const output = 'output "a" {\nvalue = aws_sns_topic.a[0].anr\n}'
    expect(problemsOf(`resource "aws_sns_topic" "a" {}\n${output}`)).toEqual([
      'main.tf, line 3: aws_sns_topic.a has no anr',
    ])
  })

  it('names the line of what it cannot read', () => {
    expect(problemsOf('resource "aws_sns_topic" "a" {\nname = "x\n}')).toEqual([
      'main.tf, line 2: a string is not closed',
    ])
  })
})
