// How long a refusal takes says nothing about the network behind the firewall: as long where something listens as where
// nothing does or nobody answers, and never as long as a network would make one wait.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConnectTcp } from '../../../core/http/connect-tcp.ts'
import { createEgressGuard, type ResolveAll } from '../../../core/http/egress-guard.ts'
import { privateHosts } from '../../support/private-hosts.ts'
import { failureOf } from './expect-failure.ts'
import { startClient, startRawServer, unusedPort } from './local-server.ts'

const rounds = 40
// Far below what a network costs (a name, a connection, a time limit), far above what a busy machine adds to a median.
const mostApartMs = 25
/** Of the client under test: what an address that nobody answers at costs when it is tried. */
const connectTimeoutMs = 2000

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  const error = await failureOf(call())
  assert.equal(Reflect.get(error, 'code'), 'egress_refused', error.message)
  return performance.now() - startedAt
}

describe('refusals of private targets', () => {
  it('take the same time, whatever is there', async (test) => {
    const open = await startRawServer(test, (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    const silent = await startRawServer(test, () => {})
    const [openPort, silentPort, closedPort] = [open.port, silent.port, await unusedPort()]
    // `inside-10-0-0-1.example.com` has the address 10.0.0.1.
    const resolve: ResolveAll = (name, _options, callback) => {
      const [, digits = ''] = /^inside-([\d-]+)\./.exec(name) ?? []
      callback(null, [{ address: digits.replaceAll('-', '.'), family: 4 }])
    }
    const egressGuard = createEgressGuard({ allow: [], resolve })
    const client = startClient(test, { egressGuard, connectTimeoutMs })
    const connect = createConnectTcp({ egressGuard, connectTimeoutMs })
    const targets = [
      ['127.0.0.1', openPort],
      ['127.0.0.1', closedPort],
      ['127.0.0.1', silentPort],
      ['10.255.255.1', 443],
      ['169.254.169.254', 80],
      ['nothing-of-this-name.internal', 443],
      ['inside-127-0-0-1.example.com', openPort],
      ['inside-127-0-0-1.example.com', closedPort],
      ['inside-127-0-0-1.example.com', silentPort],
      ['inside-10-255-255-1.example.com', 443],
    ] as const
    const ways = [
      (host: string, port: number) => client.request({ url: `http://${host}:${port}/` }),
      (host: string, port: number) => client.request({ url: `https://${host}:${port}/` }),
      (host: string, port: number) => connect({ host, port }),
    ]
    for (const way of ways) {
      const taken = new Map<string, number[]>()
      // In turn, so that what else the machine does falls on all of them alike.
      for (let round = 0; round < rounds; round += 1) {
        for (const [host, port] of targets) {
          const target = `${host}:${port}`
          taken.set(target, [...(taken.get(target) ?? []), await timeOf(() => way(host, port))])
        }
      }
      const medians = [...taken.values()].map(median)
      const apart = Math.max(...medians) - Math.min(...medians)
      assert.ok(
        apart < mostApartMs,
        `${apart} ms apart: ${JSON.stringify([...taken.keys()].map((key, i) => [key, medians[i]]))}`,
      )
    }
    assert.deepEqual([open.connectionCount(), silent.connectionCount()], [0, 0])
  })

  it(`take no time of a network with any of ${privateHosts.length} spellings`, async (test) => {
    const client = startClient(test, { egressGuard: createEgressGuard({ allow: [] }), connectTimeoutMs })
    const silent = await startRawServer(test, () => {})
    const closedPort = await unusedPort()
    for (const host of privateHosts) {
      const times = []
      for (const port of [silent.port, closedPort, 443]) {
        times.push(await timeOf(() => client.request({ url: `https://${host}:${port}/` })))
      }
      assert.ok(median(times) < connectTimeoutMs / 4, `${host}: ${times.join(', ')} ms`)
    }
    assert.equal(silent.connectionCount(), 0)
  })
})
