import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export type Metrics = { registry: Registry }

/** A registry of its own for one process, with Node's default metrics when `withProcess` is set. */
export function createMetrics(options: { service: string; withProcess: boolean }): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  if (options.withProcess) collectDefaultMetrics({ register: registry })
  return { registry }
}

/** A counter by outcome: one way to make them, so that their names and labels agree. */
export function outcomeCounter(
  { registry }: Metrics,
  name: string,
  help: string,
): (outcome: string, by?: number) => void {
  const counter = new Counter({ name, help, labelNames: ['outcome'] as const, registers: [registry] })
  return (outcome, by = 1) => counter.inc({ outcome }, by)
}

/** A value that is read when it is asked for. */
export function gauge({ registry }: Metrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
