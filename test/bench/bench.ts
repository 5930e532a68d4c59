// `npm run bench`: every figure the product is held to, as ratios of one run, each with its bar. `npm run bench -- latency`
// runs one part. BENCH_ORDERS and BENCH_ROUNDS make it longer or shorter.
import { cpus, loadavg } from 'node:os'
import { measureBacklog } from './backlog.ts'
import { type Bench, openBench } from './bench-shop.ts'
import { closeCalls } from './contenders.ts'
import { measureDrain } from './drain.ts'
import { measureHangingConnection } from './hanging-connection.ts'
import { measureHostTransactions } from './host-transactions.ts'
import { measureLatency } from './latency.ts'
import { measureManyConnections } from './many-connections.ts'
import { type Row, table } from './rows.ts'
import { measureSharedContacts } from './shared-contacts.ts'
import { measureSlowRemote } from './slow-remote.ts'
import { measureWorkerProcesses } from './worker-processes.ts'

const parts: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  drain: measureDrain,
  latency: measureLatency,
  host: measureHostTransactions,
  connections: measureManyConnections,
  contacts: measureSharedContacts,
  'slow-remote': measureSlowRemote,
  backlog: measureBacklog,
  hanging: measureHangingConnection,
  processes: measureWorkerProcesses,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.\n`)
  process.exit(1)
}

const bench = await openBench({
  orderCount: Number(process.env.BENCH_ORDERS ?? 4_000),
  roundCount: Number(process.env.BENCH_ROUNDS ?? 3),
})
const rows: Row[] = []
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stderr.write(`${name} (load ${loadavg()[0]?.toFixed(1)}) ...\n`)
    const measured = await measure(bench)
    process.stderr.write(`${table(measured)}\n`)
    rows.push(...measured)
  }
} finally {
  await closeCalls()
  await bench.close()
}
process.stdout.write(
  [
    '',
    `${bench.roundCount} measured rounds, medians; ratios are taken round by round. ${cpus().length} cores, Node ${process.version}`,
    '',
    table(rows),
    '',
  ].join('\n'),
)
if (rows.some((one) => one.holds === false)) process.exitCode = 1
