// The command `demo`: imports real orders (or made-up ones, or a file of yours), sends everything to the Demo CRM, and says
// what became of it. Run again it finds nothing to do.
import { fileURLToPath } from 'node:url'
import type { Operations, PluginCommand } from '../../core/sdk/index.ts'
import { type CommandArguments, type CommandOutput, integerOption, runCommand, textOption } from './command-line.ts'
import { connectDemoCrm } from './demo-connection.ts'
import { watchInterrupts } from './demo-interrupts.ts'
import { createProgress, type Progress, type ProgressStream } from './demo-progress.ts'
import { demoJson, demoSummary, problemsOf } from './demo-report.ts'
import { type FinishedRun, runBackfills } from './demo-runs.ts'
import { importGeneratedOrders } from './import-generated-orders.ts'
import { type ImportProgress, type ImportResult, importOrderFile } from './import-order-file.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

const northwind = fileURLToPath(new URL('./northwind.json', import.meta.url))
const generatorSeed = 1
const interruptedExitCode = 130

export interface DemoDependencies {
  shop: Pick<Shop, 'database'>
  operations: Operations
  output: CommandOutput
  /** Where progress is drawn. */
  stream: ProgressStream
  /** Ctrl-C, or a test's. @default the signals of the process */
  watchInterrupts?: typeof watchInterrupts
}

export function createDemoCommand(dependencies: DemoDependencies): PluginCommand {
  return {
    name: 'demo',
    summary: 'Import the Northwind orders and send them to the Demo CRM',
    options: [
      { flags: '--json', summary: 'print the result as one line of JSON' },
      { flags: '--file <file>', summary: 'an order file of your own, in the shape of northwind.json' },
      { flags: '--orders <number>', summary: 'as many generated orders instead' },
      { flags: '--keep', summary: 'leave the Demo CRM running to be looked at, until Ctrl-C' },
    ],
    async run(args) {
      const interrupts = (dependencies.watchInterrupts ?? watchInterrupts)()
      try {
        return await runDemo(dependencies, args, interrupts.signal)
      } catch (error) {
        if (!interrupts.signal.aborted) throw error
        dependencies.output.refusal('Interrupted. What is not sent yet is sent by the next worker that runs.')
        return interruptedExitCode
      } finally {
        interrupts.end()
      }
    },
  }
}

async function runDemo(
  { shop, operations, output, stream }: DemoDependencies,
  args: CommandArguments,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  const isJson = args.options.json === true
  const progress = createProgress({ stream, isQuiet: isJson })
  let problems: string[] = []
  let crm = ''
  const exitCode = await runCommand(output, async () => {
    const imported = await importSample({ shop, args, signal, progress })
    crm = await operations.serviceOrigin('demo-crm')
    const runs = await send(operations, { imported, crm, signal, progress })
    problems = problemsOf(runs)
    const result = { imported, runs, crm, seconds: (performance.now() - startedAt) / 1000 }
    return isJson ? demoJson(result) : demoSummary(result)
  })
  for (const problem of problems) output.refusal(problem)
  if (exitCode === 0 && args.options.keep === true) await keepRunning(crm, { stream, signal })
  return exitCode === 0 && problems.length > 0 ? 1 : exitCode
}

async function importSample({
  shop,
  args,
  signal,
  progress,
}: {
  shop: Pick<Shop, 'database'>
  args: CommandArguments
  signal: AbortSignal
  progress: Progress
}): Promise<ImportResult> {
  const file = textOption(args, 'file')
  const count = integerOption(args, 'orders')
  if (file !== undefined && count !== undefined) {
    throw new ShopError('Give --file or --orders, not both: the orders come from a file or are generated.')
  }
  if (count === 0) throw new ShopError('--orders should be at least 1.')
  const onProgress = ({ step, unit, ...amounts }: ImportProgress): void =>
    progress.show({ label: step === 'check' ? 'Reading the file' : 'Importing', unit, ...amounts })
  try {
    return count === undefined
      ? await importOrderFile({ path: file ?? northwind, shop, signal, onProgress })
      : await importGeneratedOrders({ count, seed: generatorSeed, shop, signal, onProgress })
  } finally {
    progress.clear()
  }
}

async function send(
  operations: Operations,
  { imported, crm, signal, progress }: { imported: ImportResult; crm: string; signal: AbortSignal; progress: Progress },
): Promise<FinishedRun[]> {
  const { organizerScope, eventScope } = imported
  const { connectionId } = await connectDemoCrm(operations, { organizerScope, eventScope, baseUrl: crm })
  const worker = await operations.startWorker()
  try {
    return await runBackfills(operations, {
      ...{ connectionId, organizerScope, eventScope, signal },
      onReport: (label, { doneCount, totalCount }) =>
        progress.show({ label: `Sending ${label.toLowerCase()}`, doneCount, totalCount }),
    })
  } finally {
    progress.clear()
    await worker.stop()
  }
}

async function keepRunning(
  crm: string,
  { stream, signal }: { stream: ProgressStream; signal: AbortSignal },
): Promise<void> {
  stream.write(`The Demo CRM stays at ${crm} until you press Ctrl-C.\n`)
  // A promise alone does not keep a process alive.
  const heartbeat = setInterval(() => undefined, 60_000)
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  clearInterval(heartbeat)
}
