// What the demo did, for a person and for a program.
import type { FinishedRun } from './demo-runs.ts'
import type { ImportResult } from './import-order-file.ts'

export interface DemoResult {
  imported: ImportResult
  runs: readonly FinishedRun[]
  seconds: number
  crm: string
}

/** The line that `--json` prints. */
export function demoJson({ imported, runs, seconds, crm }: DemoResult): string {
  const { objects, created, updated, nothingToDo, failed } = countObjects(runs)
  return JSON.stringify({
    orders: imported.orderCount,
    objects,
    created,
    updated,
    nothingToDo,
    failed,
    seconds: Number(seconds.toFixed(1)),
    crm,
  })
}

export function demoSummary({ imported, runs, seconds, crm }: DemoResult): string {
  const { categories, items, customers, orders } = imported.counts
  const given = ({ created, updated, unchanged }: typeof orders): string => count(created + updated + unchanged)
  const objects = countObjects(runs)
  return [
    `Imported ${count(imported.orderCount)} orders (${count(orders.created)} new, ${count(orders.updated)} changed), ` +
      `${given(customers)} customers, ${given(items)} products in ${given(categories)} categories.`,
    `Synced ${count(objects.objects)} objects in ${seconds.toFixed(1)} s: ${count(objects.created)} created, ` +
      `${count(objects.updated)} updated, ${count(objects.nothingToDo)} with nothing to do, ` +
      `${count(objects.skipped)} skipped, ${count(objects.failed)} failed.`,
    `Demo CRM: ${crm}`,
  ].join('\n')
}

/** A sentence for each run that did not end well. */
export function problemsOf(runs: readonly FinishedRun[]): string[] {
  return runs.flatMap(({ label, report, gaveUp }) => {
    const { state, reason, doneCount, totalCount, failedCount } = report
    const done = `${count(doneCount)} of ${count(totalCount)} done`
    if (gaveUp) return `${label}: ${gaveUp} (${done}).`
    if (state !== 'finished') return `${label}: ${reason ?? `the run is ${state}`} (${done})`
    if (failedCount === 0 && report.objects.failed === 0) return []
    const failed = `${count(failedCount)} of ${count(totalCount)} failed`
    return `${label}: ${failed}. ${reason ?? 'The sync queue says why, and can try them again.'}`
  })
}

function countObjects(runs: readonly FinishedRun[]) {
  const sum = (pick: (run: FinishedRun) => number): number => runs.reduce((total, run) => total + pick(run), 0)
  const created = sum(({ report }) => report.objects.created)
  const updated = sum(({ report }) => report.objects.updated)
  const nothingToDo = sum(({ report }) => report.objects.nothingToDo)
  const skipped = sum(({ report }) => report.objects.skipped)
  // A record that fails before its mappings produce an object has failed none; it must not look as if all were well.
  const failed = sum(({ report }) => Math.max(report.objects.failed, report.failedCount))
  return { objects: created + updated + nothingToDo + skipped, created, updated, nothingToDo, skipped, failed }
}

function count(number: number): string {
  return number.toLocaleString('en')
}
