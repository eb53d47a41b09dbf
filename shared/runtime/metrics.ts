import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { VERSION } from './version.ts'

export type Metrics = { registry: Registry }

/** How often the delay of the event loop is sampled. Each sample wakes an idle process. */
export const LOOP_RESOLUTION_MS = 25

/** A separate registry for one process, with Node's default metrics when `withProcess` is set. */
export function createMetrics(options: { service: string; withProcess: boolean }): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  if (options.withProcess) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_RESOLUTION_MS })
    for (const metric of registry.getMetricsAsArray()) {
      metric.aggregator = PROCESS_AGGREGATORS[metric.name] ?? metric.aggregator
    }
    new Gauge({
      name: 'naru_build_info',
      help: 'The release that runs',
      labelNames: ['version'] as const,
      aggregator: 'max',
      registers: [registry],
    }).set({ version: VERSION }, 1)
  }
  return { registry }
}

/**
 * How Node's metrics of several processes are aggregated where prom-client's default loses information: a mean of
 * delays hides the one process that hangs, and a missing start time hides a restart.
 */
const PROCESS_AGGREGATORS: Readonly<Record<string, Aggregator>> = {
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_mean_seconds: 'max',
  nodejs_eventloop_lag_stddev_seconds: 'max',
  nodejs_eventloop_lag_p50_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_start_time_seconds: 'max',
}

/** Creates a counter by outcome, so that names and labels are consistent. */
export function outcomeCounter(
  { registry }: Metrics,
  name: string,
  help: string,
): (outcome: string, by?: number) => void {
  const counter = new Counter({ name, help, labelNames: ['outcome'] as const, registers: [registry] })
  return (outcome, by = 1) => counter.inc({ outcome }, by)
}

/** Counts in a plain number that becomes a metric when scraped: for very frequent events. */
export function plainCounter({ registry }: Metrics, name: string, help: string): () => void {
  let count = 0
  const counter = new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      counter.inc(count)
      count = 0
    },
  })
  return () => {
    count += 1
  }
}

/**
 * Values by one label, read when scraped; labels without a value are removed.
 *
 * @param aggregator - how the values of several workers are combined
 */
export function gaugeBy<Label extends string>(
  { registry }: Metrics,
  name: string,
  help: string,
  label: Label,
  read: () => Iterable<[value: string, number: number]>,
  aggregator: Aggregator = 'sum',
): void {
  new Gauge({
    name,
    help,
    aggregator,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, number] of read()) this.labels(value).set(number)
    },
  })
}

/**
 * A value that is read when scraped.
 *
 * @param aggregator - how the values of several workers are combined
 */
export function gauge(
  { registry }: Metrics,
  name: string,
  help: string,
  read: () => number,
  aggregator: Aggregator = 'sum',
): void {
  new Gauge({
    name,
    help,
    aggregator,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
