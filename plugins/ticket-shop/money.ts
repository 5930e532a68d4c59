// Exact sums of amounts of money, kept as text the way the database keeps them (numeric(13,2)). Never floating point.
import { z } from '../../core/sdk/index.ts'

/** An amount as text with at most two decimals; parsed to exactly two: `18` becomes `18.00`. */
export const moneySchema = z
  .string()
  .regex(/^-?\d{1,11}(\.\d{1,2})?$/, 'must be an amount such as 18.50, with at most two decimals')
  .transform((amount) => toText(toHundredths(amount)))

export function addMoney(...amounts: readonly string[]): string {
  return toText(amounts.reduce((sum, amount) => sum + toHundredths(amount), 0n))
}

export function subtractMoney(from: string, amount: string): string {
  return toText(toHundredths(from) - toHundredths(amount))
}

export function multiplyMoney(amount: string, count: number): string {
  return toText(toHundredths(amount) * BigInt(count))
}

export function negateMoney(amount: string): string {
  return toText(-toHundredths(amount))
}

/** Negative, zero or positive, like the comparison of a sort. */
export function compareMoney(left: string, right: string): number {
  const difference = toHundredths(left) - toHundredths(right)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function toHundredths(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount)
  if (!match) throw new TypeError(`"${amount}" is not an amount of money`)
  const [, sign, whole = '0', decimals = ''] = match
  const hundredths = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'))
  return sign === '-' ? -hundredths : hundredths
}

function toText(hundredths: bigint): string {
  const sign = hundredths < 0n ? '-' : ''
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
