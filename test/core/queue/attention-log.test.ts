// What the log is told of jobs that need a person, and how often.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createAttentionLog } from '../../../core/queue/attention-log.ts'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import type { Outcome } from '../../../core/queue/outcome.ts'
import type { JobEnd } from '../../../core/queue/record-ends.ts'
import { jobEnd } from '../../support/job-end.ts'

function end(id: number, outcome: Outcome, rest: Partial<JobEnd> = {}): JobEnd {
  // As much of a claimed job as is told.
  const job = { connectionId: 'c1', sourceModel: 'Order', sourceId: String(id) } as ClaimedJob
  return { ...jobEnd(job, outcome), label: `B${id}`, connection: { name: 'Our CRM', provider: 'crm' }, ...rest }
}

function recording(test: TestContext) {
  test.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: [level: string, sentence: string | undefined, data: object][] = []
  const write = (level: string) => (data: object, sentence?: string) => void lines.push([level, sentence, data])
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { lines, attention: createAttentionLog({ log }) }
}

describe('the log of jobs that need a person', () => {
  it('has a line with connection, provider, record, reason and message, without secrets', (test) => {
    const { lines, attention } = recording(test)
    const message = 'The list tok-4f1d9a77c3e2 was deleted'
    attention.ended(end(17, { kind: 'config', message }, { secrets: ['tok-4f1d9a77c3e2'] }))
    attention.ended(end(18, { kind: 'succeeded' }))
    assert.deepEqual(lines, [
      [
        'warn',
        'A record could not be sent and waits for a person',
        {
          connection: 'Our CRM',
          connectionId: 'c1',
          provider: 'crm',
          subject: 'Order 17',
          label: 'B17',
          reason: 'config',
          message: 'The list [redacted] was deleted',
        },
      ],
    ])
  })

  it('tells the first failure at once: of credentials, and of what is tried again, with the stack of a bug', (test) => {
    const { lines, attention } = recording(test)
    attention.ended(end(1, { kind: 'reconnect', message: '401' }))
    attention.ended(end(2, { kind: 'retry', delayMs: 1, message: 'refused' }))
    const told = lines.map(([level, sentence]) => `${level}: ${sentence}`)
    assert.deepEqual(told, [
      'warn: A record could not be sent and waits until the connection has credentials that are accepted',
      'warn: A record could not be sent and is tried again by itself',
    ])
    assert.equal(Reflect.get(lines[1]?.[2] ?? {}, 'stack'), undefined)
    const bug = { kind: 'retry', delayMs: 1, message: 'x is undefined', isUnexpected: true } as const
    const other = end(3, bug, { error: new TypeError('x is undefined') })
    attention.ended({ ...other, job: { ...other.job, connectionId: 'c2' } })
    assert.match(String(Reflect.get(lines[2]?.[2] ?? {}, 'stack')), /^TypeError: x is undefined\n/)
  })

  it('is louder for a bug, with the stack of what was thrown and of what lies below, without secrets', (test) => {
    const { lines, attention } = recording(test)
    const cause = new TypeError('no tok-4f1d9a77c3e2 in this')
    const error = new Error('the provider failed', { cause })
    attention.ended(end(1, { kind: 'internal', message: 'failed' }, { error, secrets: ['tok-4f1d9a77c3e2'] }))
    assert.equal(lines[0]?.[0], 'error')
    const stack = String(Reflect.get(lines[0]?.[2] ?? {}, 'stack'))
    assert.match(
      stack,
      /^Error: the provider failed\n.*attention-log\.test\.ts.*caused by: TypeError: no \[redacted\]/s,
    )
  })

  it('counts what follows within a minute, by connection and reason, and begins anew after a quiet one', (test) => {
    const { lines, attention } = recording(test)
    const exceeded = { kind: 'exceeded', message: 'down' } as const
    for (let id = 1; id <= 10_000; id += 1) attention.ended(end(id, exceeded))
    attention.ended(end(1, { kind: 'permanent', message: 'no' }))
    assert.equal(lines.length, 2)
    test.mock.timers.tick(60_000)
    assert.equal(lines.length, 3)
    assert.match(lines[2]?.[1] ?? '', /^9999 more records could not be sent and wait for a person/)
    assert.equal(Reflect.get(lines[2]?.[2] ?? {}, 'subject'), 'Order 10000')
    attention.ended(end(1, exceeded))
    assert.equal(lines.length, 3, 'also those of the next minute are counted')
    test.mock.timers.tick(60_000)
    test.mock.timers.tick(60_000)
    assert.equal(lines.length, 4)
    attention.ended(end(2, exceeded))
    assert.equal(lines.length, 5, 'after a quiet minute the first is told at once')
  })

  it('tells what was counted when the worker stops', (test) => {
    const { lines, attention } = recording(test)
    for (const id of [1, 2, 3]) attention.ended(end(id, { kind: 'timeout', message: 'slow' }))
    attention.stop()
    assert.match(lines[1]?.[1] ?? '', /^2 more/)
    test.mock.timers.tick(60_000)
    assert.equal(lines.length, 2)
  })
})
