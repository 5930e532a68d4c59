// Jobs that were claimed before a gate closed stop calling; those of a later look at the database go on.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import type { GateClosing } from '../../../core/queue/close-gates.ts'
import { createProcessGates } from '../../../core/queue/process-gates.ts'

const limited: GateClosing = { gate: 'limited', accountKey: 'acme', delayMs: 1000, message: 'slow down' }
const isHeld = (error: unknown) => isErrorKind(error, 'HeldError')

describe('the gates of a process', () => {
  const claim = (changes: Partial<{ id: string; accountKey: string; isProbe: boolean }> = {}) => ({
    id: 'c1',
    accountKey: 'acme',
    isProbe: false,
    lookedAt: performance.now(),
    ...changes,
  })

  it('stop every claim of the account at once, and those looked up before it was written', async () => {
    const gates = createProcessGates()
    const before = gates.watch(claim())
    const sibling = gates.watch(claim({ id: 'c2' }))
    const other = gates.watch(claim({ id: 'c3', accountKey: 'other' }))
    before()
    gates.close(limited)
    const meanwhile = gates.watch(claim())
    for (const assertIsOpen of [before, sibling, meanwhile]) assert.throws(assertIsOpen, isHeld)
    other()
    gates.recorded(limited)
    for (const assertIsOpen of [before, sibling, meanwhile]) assert.throws(assertIsOpen, isHeld)
    await new Promise((resolve) => setTimeout(resolve, 2))
    gates.watch(claim())()
  })

  it('stay closed until every closing is written', async () => {
    const gates = createProcessGates()
    gates.close(limited)
    gates.close(limited)
    gates.recorded(limited)
    await new Promise((resolve) => setTimeout(resolve, 2))
    assert.throws(gates.watch(claim()), isHeld)
    gates.recorded(limited)
    await new Promise((resolve) => setTimeout(resolve, 2))
    gates.watch(claim())()
  })

  it('learn what other processes and people closed: a pause for the connection, an outage for the account', () => {
    const gates = createProcessGates()
    const [own, sibling, probe] = [claim(), claim({ id: 'c2' }), claim({ isProbe: true })].map(gates.watch)
    gates.learn([{ id: 'c1', accountKey: 'acme', gate: 'paused' }], performance.now())
    assert.throws(() => own?.(), /Sending was paused/)
    sibling?.()
    assert.throws(() => probe?.(), isHeld)

    const later = createProcessGates()
    const [waiting, probing] = [claim(), claim({ isProbe: true })].map(later.watch)
    later.learn([{ id: 'c2', accountKey: 'acme', gate: 'breaker' }], performance.now())
    assert.throws(() => waiting?.(), /failed too often/)
    probing?.()
  })
})
