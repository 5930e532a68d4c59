// Runs the mapping tests of a connection over a mapping document: for their own pages, for who is about to publish, and for
// who is about to move the connection to another version. Nothing is sent and nothing is asked of the host.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { MappingTest, MappingTests } from '../../connections/mapping-tests.ts'
import { runMappingTest, type TestedObject, type TestedProvider } from '../../mapping/run-mapping-test.ts'
import { differencesOf, expectationOf, type TestDifference } from '../../mapping/test-differences.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'

export interface JudgedTest {
  id: string
  name: string
  /** False: it holds what people wrote, which only those may see who may read what was sent. */
  isMasked: boolean
  /** Nobody has said yet what is right; then nothing can be wrong. */
  isAccepted: boolean
  /** Nothing differs from what is expected. */
  isGreen: boolean
  differences: readonly TestDifference[]
}

export interface TestRun extends JudgedTest {
  tested: readonly TestedObject[]
}

/** All tests of a connection, by name. Those that are not green are red. */
export async function runMappingTests({
  mappingTests,
  connectionId,
  document,
  provider,
}: {
  mappingTests: Pick<MappingTests, 'list'>
  connectionId: string
  document: MappingDocument
  /** Of the version that would send. */
  provider: TestedProvider
}): Promise<readonly JudgedTest[]> {
  return judgeTests(await mappingTests.list(connectionId), { document, provider })
}

/** Other requests are served between two of them: fifty tests of a hundred mappings take seconds. */
export async function judgeTests(
  tests: readonly MappingTest[],
  by: { document: MappingDocument; provider: TestedProvider },
): Promise<readonly JudgedTest[]> {
  const judged: JudgedTest[] = []
  for (const test of tests) {
    const { tested: _tested, ...one } = runTest(test, by)
    judged.push(one)
    await setImmediate()
  }
  return judged
}

export function runTest(
  { id, name, isMasked, record, accepted }: MappingTest,
  { document, provider }: { document: MappingDocument; provider: TestedProvider },
): TestRun {
  const tested = runMappingTest({ test: record, document, provider })
  const differences = accepted ? differencesOf(accepted.expectation, tested) : []
  return { id, name, isMasked, isAccepted: accepted !== null, isGreen: differences.length === 0, differences, tested }
}

/** Tells whether what is accepted is what was looked at. */
export function digestOf(tested: readonly TestedObject[]): string {
  return createHash('sha256')
    .update(JSON.stringify(expectationOf(tested)))
    .digest('base64url')
}
