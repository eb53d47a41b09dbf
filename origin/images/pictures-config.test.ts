import { describe, expect, it } from 'vitest'
import { ConfigError, createEnvReader, type Env } from '../../shared/runtime/env.ts'
import { readPicturesConfig } from './pictures-config.ts'

function picturesOf(env: Env) {
  const read = createEnvReader(env)
  const pictures = readPicturesConfig(read)
  read.done()
  return pictures
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

const SEOUL = { PICTURES_REGION: 'ap-northeast-2' }

describe('where pictures are kept', () => {
  it('is a folder when nothing is said, whatever else the machine knows of Amazon', () => {
    expect(picturesOf({ AWS_REGION: 'ap-northeast-2' })).toEqual({ way: 'folder', folder: '.data/pictures' })
    expect(picturesOf({ PICTURES_FOLDER: '/pictures' })).toEqual({ way: 'folder', folder: '/pictures' })
  })

  it("is a bucket in its region, or in the machine's", () => {
    const bucket = { way: 's3', bucket: 'naru-pictures', prefix: '', region: 'ap-northeast-2' }
    const PICTURES_BUCKET = 'naru-pictures'
    expect(picturesOf({ PICTURES_BUCKET, ...SEOUL, AWS_REGION: 'us-east-1' })).toEqual(bucket)
    expect(picturesOf({ PICTURES_BUCKET, AWS_REGION: 'ap-northeast-2' })).toEqual(bucket)
    expect(picturesOf({ PICTURES_BUCKET, PICTURES_FOLDER: '/pictures', ...SEOUL })).toEqual(bucket)
  })

  it('needs no region where a store is no part of Amazon', () => {
    const env = { PICTURES_BUCKET: 'pictures', PICTURES_ENDPOINT: 'http://minio:9000/' }
    expect(picturesOf(env)).toMatchObject({ region: 'us-east-1', endpoint: 'http://minio:9000' })
    expect(picturesOf({ ...env, ...SEOUL })).toMatchObject({ region: 'ap-northeast-2' })
  })

  it.each([
    ['shop', 'shop/'],
    ['shop/pictures/', 'shop/pictures/'],
  ])('may begin its keys with %s', (PICTURES_PREFIX, prefix) => {
    expect(picturesOf({ PICTURES_BUCKET: 'pictures', PICTURES_PREFIX, ...SEOUL })).toMatchObject({ prefix })
  })

  it.each<[string, Env]>([
    ['PICTURES_BUCKET', { PICTURES_BUCKET: 'Naru', ...SEOUL }],
    ['PICTURES_BUCKET', { PICTURES_BUCKET: 'na', ...SEOUL }],
    ['PICTURES_BUCKET', { PICTURES_BUCKET: 's3://naru-pictures', ...SEOUL }],
    ['PICTURES_BUCKET', { PICTURES_BUCKET: 'naru..pictures', ...SEOUL }],
    ['PICTURES_BUCKET', { PICTURES_BUCKET: '192.168.5.4', ...SEOUL }],
    ['PICTURES_PREFIX', { PICTURES_BUCKET: 'pictures', PICTURES_PREFIX: '../up', ...SEOUL }],
    ['PICTURES_PREFIX', { PICTURES_BUCKET: 'pictures', PICTURES_PREFIX: '/shop', ...SEOUL }],
    ['PICTURES_REGION', { PICTURES_BUCKET: 'pictures' }],
    ['PICTURES_REGION', { PICTURES_BUCKET: 'pictures', PICTURES_REGION: 'evil.example#' }],
    ['AWS_REGION', { PICTURES_BUCKET: 'pictures', AWS_REGION: 'Seoul', ...SEOUL }],
    ['PICTURES_ENDPOINT', { PICTURES_BUCKET: 'pictures', PICTURES_ENDPOINT: 'minio:9000', ...SEOUL }],
    [
      'PICTURES_ENDPOINT',
      { PICTURES_BUCKET: 'pictures', PICTURES_ENDPOINT: 'http://name:word@minio', ...SEOUL },
    ],
    [
      'PICTURES_ENDPOINT',
      { PICTURES_BUCKET: 'pictures', PICTURES_ENDPOINT: 'http://minio/?region=x', ...SEOUL },
    ],
  ])('is not taken where %s is wrong: %j', (name, env) => {
    const [problem = '', ...others] = problemsOf(env)
    expect(problem).toMatch(new RegExp(`^${name} (must be|is required)`))
    expect(others).toEqual([])
  })
})
