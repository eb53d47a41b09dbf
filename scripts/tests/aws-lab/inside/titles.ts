/** The steps inside the sandbox, by name, in their order. */
export const STEPS = {
  simulator: 'The simulated AWS answers',
  apply: 'terraform apply: the module, translated for provider 3.39',
  plan: 'A second plan changes nothing',
  stores: 'Host of stores: MySQL 9.7 by TLS only, Redis by TLS and AUTH',
  boot: 'Hosts boot from their user-data and start the release',
  ready: 'Both services are ready, on the first release',
  cdn: "The public URL answers through the CDN, which has the gateway's proof",
  organiser: 'The first organiser: naru organiser add, and the link works once',
  festivals: 'The organiser publishes two festivals through the public URL',
  upgrade: 'The recorded sale, with a rollout of the second release in the middle',
  broken: 'A broken third release is refused, and the second goes on',
  trouble: 'The recorded sale again: origin host lost, gateway cut off Redis for 10 s',
  crowd: '20,000 fans follow a room through the CDN, at the pace of the status',
  audit: 'naru audit on the origin host',
  destroy: 'terraform destroy, and nothing is left in the simulated AWS',
} as const

export const TITLES: readonly string[] = Object.values(STEPS)
