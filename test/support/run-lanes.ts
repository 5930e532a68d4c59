// Runs the test files given as arguments with node's own test runner, in lanes side by side: scenarios with faults measure
// time and mostly wait, so one of them runs at a time, beside the other files. Reports as one run.
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'

/** Begun first, so that no lane is left with one of them at its end. */
const longest = [
  'test/core/testing/provider-conformance.test.ts',
  'test/core/main.test.ts',
  // It compiles, and so does the run as it begins.
  'test/package/tarball.test.ts',
  'test/core/standalone/new-plugin.test.ts',
  'test/house/tools.test.ts',
  'test/pages/',
  'test/core/testing/',
  'test/remotes/',
  'test/core/runs/',
  'test/flow/',
]

const files = process.argv.slice(2)
const isScenario = (file: string): boolean => file.startsWith('test/faults/')
const others = files.filter((file) => !isScenario(file))
const lanes = [
  { files: files.filter(isScenario), concurrency: 1 },
  {
    files: others.toSorted((a, b) => rank(a) - rank(b)),
    concurrency: availableParallelism(),
  },
]

function rank(file: string): number {
  const place = longest.findIndex((beginning) => file.startsWith(beginning))
  return place < 0 ? longest.length : place
}

const reporter = spec()
reporter.pipe(process.stdout)
const startedAt = performance.now()
const results = await Promise.all(lanes.filter((lane) => lane.files.length > 0).map(runLane))
for (const name of ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']) {
  const count = results.reduce((sum, { figures }) => sum + (figures.get(name) ?? 0), 0)
  sayFigure(`${name} ${count}`)
}
sayFigure(`duration_ms ${performance.now() - startedAt}`)
// With this the reporter lists what has failed.
const summaries = results.map(({ summary }) => summary)
const success = summaries.every((summary) => summary?.success)
const [one] = summaries
if (one) reporter.write({ type: 'test:summary', data: { ...one, success } })
reporter.end()
process.exitCode = success ? 0 : 1

interface LaneResult {
  /** Null when the runner has ended without one. */
  summary: Extract<TestEvent, { type: 'test:summary' }>['data'] | null
  /** What node counts, by its words for it. */
  figures: Map<string, number>
}

async function runLane(lane: (typeof lanes)[number]): Promise<LaneResult> {
  const result: LaneResult = { summary: null, figures: new Map() }
  const told: TestEvent[] = []
  for await (const event of run(lane) as AsyncIterable<TestEvent>) {
    const { type, data } = event
    if (type === 'test:summary' && data.file === undefined) {
      result.summary = data
      continue
    }
    if (type === 'test:diagnostic' && data.file === undefined) {
      const [name = '', value] = data.message.split(' ')
      result.figures.set(name, Number(value))
      continue
    }
    told.push(event)
    // A test at a time: the reporter would mix up what comes from two lanes.
    if (!isWhole(event)) continue
    for (const one of told.splice(0)) reporter.write(one)
  }
  for (const one of told) reporter.write(one)
  return result
}

function isWhole({ type, data }: TestEvent): boolean {
  return type === 'test:summary' || ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0)
}

function sayFigure(message: string): void {
  reporter.write({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } })
}
