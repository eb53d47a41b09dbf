// CloudFront's runtime has ECMAScript 5.1 and a few later features: no destructuring, no optional chaining.
import cloudfront from 'cloudfront'

const store = cloudfront.kvs()

/**
 * Runs on each request of a viewer. The header that proves to the gateway that a request came through this distribution
 * is taken from viewers, who could only guess it, and added. Until a gateway host has stored the secret, requests go on
 * without it: the gateway then counts all of them as one network.
 */
async function handler(event) {
  const request = event.request
  try {
    const proof = await store.get('proof')
    request.headers['x-naru-proxy'] = { value: proof }
  } catch (_error) {
    delete request.headers['x-naru-proxy']
  }
  return request
}
