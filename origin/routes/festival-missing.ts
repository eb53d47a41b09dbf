import { Problem } from '../../shared/api/problem.ts'

export function festivalMissing(): Problem {
  return new Problem('not-found', 'There is no such festival')
}
