import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createProgress, type ProgressStream } from '../../../plugins/ticket-shop/demo-progress.ts'

function record(options: Pick<ProgressStream, 'isTTY' | 'columns'> & { isQuiet?: boolean }) {
  const written: string[] = []
  const clock = { ms: 0 }
  const progress = createProgress({
    stream: { isTTY: options.isTTY, columns: options.columns, write: (text: string) => written.push(text) },
    isQuiet: options.isQuiet ?? false,
    now: () => clock.ms,
  })
  const show = (ms: number, doneCount: number, label = 'Sending orders'): void => {
    clock.ms = ms
    progress.show({ label, doneCount, totalCount: 2_000 })
  }
  return { written, show, progress }
}

describe('progress on a terminal', () => {
  it('is a bar that is drawn in place, at most ten times a second, and always when all is done', () => {
    const { written, show } = record({ isTTY: true })
    show(0, 0)
    show(50, 500)
    show(100, 1_000)
    show(110, 1_500, 'Sending products')
    show(120, 2_000, 'Sending products')
    assert.deepEqual(written, [
      `\r\u001b[2KSending orders     ${'░'.repeat(30)} 0 of 2,000  0 s`,
      `\r\u001b[2KSending orders     ${'█'.repeat(15)}${'░'.repeat(15)} 1,000 of 2,000  0 s`,
      `\r\u001b[2KSending products   ${'█'.repeat(23)}${'░'.repeat(7)} 1,500 of 2,000  0 s`,
      `\r\u001b[2KSending products   ${'█'.repeat(30)} 2,000 of 2,000  0 s`,
    ])
  })

  it('is drawn also where only the result is wanted, and never wider than the terminal', () => {
    const { written, show } = record({ isTTY: true, columns: 20, isQuiet: true })
    show(0, 0)
    assert.deepEqual(written, ['\r\u001b[2KSending orders     '])
    const unknown = record({ isTTY: true, columns: 0 })
    unknown.show(0, 0)
    assert.match(unknown.written.join(), /0 s$/)
  })

  it('is taken away once', () => {
    const { written, show, progress } = record({ isTTY: true })
    progress.clear()
    show(0, 0)
    progress.clear()
    progress.clear()
    assert.deepEqual(written.slice(1), ['\r\u001b[2K'])
  })
})

describe('progress elsewhere', () => {
  it('is a line every five seconds', () => {
    const { written, show, progress } = record({})
    show(0, 1)
    show(4_900, 2)
    show(5_000, 3)
    show(9_000, 4, 'Sending products')
    show(12_000, 1_234, 'Sending products')
    progress.clear()
    assert.deepEqual(written, [
      'Sending orders: 1 of 2,000\n',
      'Sending orders: 3 of 2,000\n',
      'Sending products: 1,234 of 2,000\n',
    ])
  })

  it('is nothing where only the result is wanted', () => {
    const { written, show } = record({ isQuiet: true })
    show(0, 1)
    show(10_000, 2)
    assert.deepEqual(written, [])
  })
})
