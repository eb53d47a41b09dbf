import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, type Env, readVariables, withRules } from '../../shared/runtime/env.ts'
import { IMAGE_RULES, IMAGE_VARIABLES, imageConfigOf } from './images-config.ts'

const schema = withRules(z.object(IMAGE_VARIABLES), IMAGE_RULES)

function imagesOf(env: Env) {
  return imageConfigOf(readVariables(schema, env))
}

function problemsOf(env: Env): readonly string[] {
  try {
    imagesOf(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const SEOUL = { AWS_REGION: 'ap-northeast-2' }

describe('the configured image store', () => {
  it('is a folder by default, whatever Amazon settings the host has', () => {
    expect(imagesOf({ AWS_REGION: 'ap-northeast-2' })).toEqual({ way: 'folder', folder: '.data/images' })
    expect(imagesOf({ IMAGE_FOLDER: '/images' })).toEqual({ way: 'folder', folder: '/images' })
  })

  it("is a bucket in Amazon's region", () => {
    const bucket = { way: 's3', bucket: 'naru-images', prefix: '', region: 'ap-northeast-2' }
    const IMAGE_BUCKET = 'naru-images'
    expect(imagesOf({ IMAGE_BUCKET, AWS_REGION: 'ap-northeast-2' })).toEqual(bucket)
    expect(imagesOf({ IMAGE_BUCKET, IMAGE_FOLDER: '/images', ...SEOUL })).toEqual(bucket)
  })

  it('needs no region for a store outside of Amazon', () => {
    const env = { IMAGE_BUCKET: 'images', IMAGE_ENDPOINT: 'http://minio:9000/' }
    expect(imagesOf(env)).toMatchObject({ region: 'us-east-1', endpoint: 'http://minio:9000' })
    expect(imagesOf({ ...env, ...SEOUL })).toMatchObject({ region: 'ap-northeast-2' })
  })

  it.each([
    ['shop', 'shop/'],
    ['shop/images/', 'shop/images/'],
  ])('accepts the key prefix %s', (given, prefix) => {
    const stored = imagesOf({ IMAGE_BUCKET: `images/${given}`, ...SEOUL })
    expect(stored).toMatchObject({ bucket: 'images', prefix })
  })

  it.each<[string, Env]>([
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'Naru', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'na', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 's3://naru-images', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'naru..images', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: '192.168.5.4', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'images/../up', ...SEOUL }],
    ['IMAGE_BUCKET', { IMAGE_BUCKET: 'images//shop', ...SEOUL }],
    ['AWS_REGION', { IMAGE_BUCKET: 'images' }],
    ['AWS_REGION', { IMAGE_BUCKET: 'images', AWS_REGION: 'evil.example#' }],
    ['AWS_REGION', { IMAGE_BUCKET: 'images', AWS_REGION: 'Seoul' }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'images', IMAGE_ENDPOINT: 'minio:9000', ...SEOUL }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'images', IMAGE_ENDPOINT: 'http://name:word@minio', ...SEOUL }],
    ['IMAGE_ENDPOINT', { IMAGE_BUCKET: 'images', IMAGE_ENDPOINT: 'http://minio/?region=x', ...SEOUL }],
  ])('is rejected when %s is invalid: %j', (name, env) => {
    const [problem = '', ...others] = problemsOf(env)
    expect(problem).toMatch(new RegExp(`^${name} (must be|is required)`))
    expect(others).toEqual([])
  })
})
