// Decimal numbers as text: compared, rounded and checked digit by digit, so that no amount passes through a float. PURE.

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?$/

interface Decimal {
  isNegative: boolean
  /** Without leading zeros; empty for 0. */
  whole: string
  /** As written, trailing zeros included. */
  fraction: string
}

function parseDecimal(text: string): Decimal | null {
  const [, sign, whole = '', fraction = ''] = decimalPattern.exec(text.trim()) ?? []
  if (sign === undefined || (whole === '' && fraction === '')) return null
  return { isNegative: sign === '-', whole: whole.replace(/^0+/, ''), fraction }
}

function decimalOf({ isNegative, whole, fraction }: Decimal): string {
  const isZero = whole === '' && /^0*$/.test(fraction)
  return `${isNegative && !isZero ? '-' : ''}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`
}

/** The number without blanks, plus sign and leading zeros but with every decimal; null when it is no plain number. */
export function decimalText(text: string): string | null {
  const decimal = parseDecimal(text)
  return decimal === null ? null : decimalOf(decimal)
}

/** Negative, 0 or positive; null unless both are plain numbers. */
export function compareDecimals(left: string, right: string): number | null {
  const a = parseDecimal(left)
  const b = parseDecimal(right)
  if (a === null || b === null) return null
  const signA = signOf(a)
  const signB = signOf(b)
  if (signA !== signB) return signA - signB
  return signA < 0 ? compareSizes(b, a) : compareSizes(a, b)
}

function compareSizes(a: Decimal, b: Decimal): number {
  if (a.whole.length !== b.whole.length) return a.whole.length - b.whole.length
  const length = Math.max(a.fraction.length, b.fraction.length)
  const digitsA = a.whole + a.fraction.padEnd(length, '0')
  const digitsB = b.whole + b.fraction.padEnd(length, '0')
  return digitsA < digitsB ? -1 : digitsA > digitsB ? 1 : 0
}

function signOf({ isNegative, whole, fraction }: Decimal): number {
  if (whole === '' && /^0*$/.test(fraction)) return 0
  return isNegative ? -1 : 1
}

/** Rounded half away from zero to exactly `digits` decimals (`2.345` -> `2.35`); null when it is no plain number. */
export function roundDecimal(text: string, digits: number): string | null {
  const decimal = parseDecimal(text)
  if (decimal === null) return null
  const { isNegative, whole, fraction } = decimal
  const kept = whole + fraction.slice(0, digits).padEnd(digits, '0')
  const rounded = (fraction[digits] ?? '0') >= '5' ? incremented(kept) : kept
  const split = rounded.length - digits
  return decimalOf({ isNegative, whole: rounded.slice(0, split), fraction: rounded.slice(split) })
}

function incremented(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '9') end -= 1
  const raised = end === 0 ? '1' : digits.slice(0, end - 1) + String(Number(digits[end - 1]) + 1)
  return raised + '0'.repeat(digits.length - end)
}

/** The JSON number of the same value; null when it is no plain number or has more digits than a JSON number holds. */
export function exactNumber(text: string): number | null {
  const decimal = decimalText(text)
  if (decimal === null) return null
  const number = Number(decimal)
  return Number.isFinite(number) && compareDecimals(plainNumberText(number), decimal) === 0 ? number : null
}

/** The number without an exponent: `1e21` -> `1000000000000000000000`. */
export function plainNumberText(number: number): string {
  const text = String(number)
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  const digits = whole + fraction
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${digits}`
  return `${sign}${digits.padEnd(shift + 1, '0')}`
}
