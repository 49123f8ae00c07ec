import { renderErrors } from './render-errors.ts'
import { renderLabels } from './render-labels.ts'
import { renderMetrics } from './render-metrics.ts'
import { renderOptions } from './render-options.ts'

/** Pages of `docs/` that are made from the code, by file name. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'options.md': renderOptions(),
    'labels.md': renderLabels(),
    'errors.md': renderErrors(),
    'metrics.md': renderMetrics()
  }
}
