import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, type Env, readVariables, withRules } from '../../shared/runtime/env.ts'
import { IMAGE_RULES, IMAGE_VARIABLES, imageConfigOf } from './pictures-config.ts'

const schema = withRules(z.object(IMAGE_VARIABLES), IMAGE_RULES)

function picturesOf(env: Env) {
  return imageConfigOf(readVariables(schema, env))
}

function problemsOf(env: Env): readonly string[] {
  try {
    picturesOf(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const SEOUL = { IMAGE_REGION: 'ap-northeast-2' }

describe('where pictures are kept', () => {
  it('is a folder when nothing is said, whatever else the machine knows of Amazon', () => {
    expect(picturesOf({ AWS_REGION: 'ap-northeast-2' })).toEqual({ way: 'folder', folder: '.data/pictures' })
    expect(picturesOf({ IMAGE_FOLDER: '/pictures' })).toEqual({ way: 'folder', folder: '/pictures' })
  })

  it("is a bucket in its region, or in the machine's", () => {
    const bucket = { way: 's3', bucket: 'naru-pictures', prefix: '', region: 'ap-northeast-2' }
    const IMAGE_BUCKET = 'naru-pictures'
    expect(picturesOf({ IMAGE_BUCKET, ...SEOUL, AWS_REGION: 'us-east-1' })).toEqual(bucket)
    expect(picturesOf({ IMAGE_BUCKET, AWS_REGION: 'ap-northeast-2' })).toEqual(bucket)
    expect(picturesOf({ IMAGE_BUCKET, IMAGE_FOLDER: '/pictures', ...SEOUL })).toEqual(bucket)
  })

  it('needs no region where a store is no part of Amazon', () => {
    const env = { IMAGE_BUCKET: 'pictures', IMAGE_ENDPOINT: 'http://minio:9000/' }
    expect(picturesOf(env)).toMatchObject({ region: 'us-east-1', endpoint: 'http://minio:9000' })
    expect(picturesOf({ ...env, ...SEOUL })).toMatchObject({ region: 'ap-northeast-2' })
  })

  it.each([
    ['shop', 'shop/'],
    ['shop/pictures/', 'shop/pictures/'],
  ])('may begin its keys with %s', (IMAGE_PREFIX, prefix) => {
    expect(picturesOf({ IMAGE_BUCKET: 'pictures', IMAGE_PREFIX, ...SEOUL })).toMatchObject({ prefix })
  })

  it.each<[string, Env]>([
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'Naru', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'na', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 's3://naru-pictures', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'naru..pictures', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: '192.168.5.4', ...SEOUL }],
    ['IMAGE_PREFIX', { IMAGE_BUCKET: 'pictures', IMAGE_PREFIX: '../up', ...SEOUL }],
    ['IMAGE_PREFIX', { IMAGE_BUCKET: 'pictures', IMAGE_PREFIX: '/shop', ...SEOUL }],
    ['IMAGE_REGION', { IMAGE_BUCKET: 'pictures' }],
    ['IMAGE_REGION', { IMAGE_BUCKET: 'pictures', IMAGE_REGION: 'evil.example#' }],
    ['AWS_REGION', { IMAGE_BUCKET: 'pictures', AWS_REGION: 'Seoul', ...SEOUL }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'pictures', IMAGE_ENDPOINT: 'minio:9000', ...SEOUL }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'pictures', IMAGE_ENDPOINT: 'http://name:word@minio', ...SEOUL }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'pictures', IMAGE_ENDPOINT: 'http://minio/?region=x', ...SEOUL }],
  ])('is not taken where %s is wrong: %j', (name, env) => {
    const [problem = '', ...others] = problemsOf(env)
    expect(problem).toMatch(new RegExp(`^${name} (must be|is required)`))
    expect(others).toEqual([])
  })
})
