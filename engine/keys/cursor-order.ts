import type { Cursor } from '../../statemachine/contract.ts'

/**
 * Whether the second key can come after the first. Only the database knows the order of texts, so texts must merely
 * differ.
 */
export function isInOrder(first: Cursor, second: Cursor): boolean {
  if (first.type !== second.type) return true
  switch (first.type) {
    case 'integer':
      return BigInt(first.value) < BigInt(second.value)
    case 'decimal':
      return isLess(decimalOf(first.value), decimalOf(second.value))
    case 'binary':
      return Buffer.compare(Buffer.from(first.value, 'base64'), Buffer.from(second.value, 'base64')) < 0
    case 'temporal':
      return isTime(first.value) ? secondsOf(first.value) < secondsOf(second.value) : first.value < second.value
    case 'text':
      return first.value !== second.value
  }
}

interface Decimal {
  digits: bigint
  scale: number
}

function decimalOf(value: string): Decimal {
  const [whole = '', fraction = ''] = value.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

function isLess(a: Decimal, b: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale)
  const scaled = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own)
  return scaled(a) < scaled(b)
}

/** Whether the value is a TIME: the other temporal texts begin with a date. */
function isTime(value: string): boolean {
  return /^-?\d+:/.test(value)
}

/** Seconds of a TIME, which ranges from -838:59:59 to 838:59:59. */
function secondsOf(value: string): number {
  const [hours, minutes, seconds] = value.replace('-', '').split(':').map(Number) as [number, number, number]
  const sum = hours * 3600 + minutes * 60 + seconds
  return value.startsWith('-') ? -sum : sum
}
