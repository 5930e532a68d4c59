// The border through which we write inside the host's own transaction. An adapter a data layer lies beside this file
// (from-*.ts). They are duck-typed: nothing of a data layer is imported, so that a host brings its own version of it.
import { createHash } from 'node:crypto'

export interface TransactionBorder {
  /**
   * Runs one statement with `$1`-style values inside the host's transaction. What we send through it names its columns in
   * one lower-case word and carries texts, lists of texts and null only: data layers rename columns, and differ in how
   * they send dates, JSON and large numbers.
   */
  executeSql(text: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  /** Calls back once, soon after the transaction has ended, where the data layer tells; after a rollback too if it cannot tell. */
  onCommit?(callback: () => void): void
}

const names = new Map<string, string>()

/** A short stable name for a prepared statement, at most 63 characters as PostgreSQL allows. */
export function statementName(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = `os_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
  names.set(text, name)
  return name
}
