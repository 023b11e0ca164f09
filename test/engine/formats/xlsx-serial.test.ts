import { RowNumber } from '../../../engine/formats/xlsx/row-number.ts'
import { type SerialWriter, writeDateSerial, writeTimeSerial } from '../../../engine/formats/xlsx/serial.ts'
import { Output } from '../../../engine/rows/output.ts'

const DAY_MILLIS = 86_400_000n
/** Days from a spreadsheet's first one to 1970. */
const EPOCH_DAY = 25_569

describe('a date', () => {
  it.each([
    ['1900-03-01', '61'],
    // The first days of three, four and five digits.
    ['1900-04-09', '100'],
    ['1902-09-26', '1000'],
    ['1927-05-18', '10000'],
    ['1989-09-16', '32767'],
    ['1989-09-17', '32768'],
    ['2026-11-26', '46352'],
    ['2079-06-05', '65536'],
    ['9999-12-31', '2958465'],
    ['2026-11-26 00:00:00', '46352'],
    ['2026-11-26 12:00:00', '46352.5'],
    ['2026-11-26 18:00:00.000', '46352.75'],
    ['2026-11-26 12:00:00.001', '46352.500000011576'],
    ['2026-11-26 12:00:00.250000', '46352.500002893525'],
  ])('%s is %s', (text, serial) => {
    expect(written(writeDateSerial, text)).toBe(serial)
  })

  it.each(['1900-02-28', '0000-00-00', '2026-02-30', '2026-11-26 12:00:00.0001', 'now'])(
    '%s has no serial number',
    (text) => {
      expect(written(writeDateSerial, text)).toBeNull()
    },
  )

  it('is not completed by what follows it in the row', () => {
    const bytes = Buffer.from('<2026-11-26>')
    expect(writeDateSerial(bytes, 1, 10, new Output(64, 0))).toBe(false)
  })

  it.each(['1989-09-16', '1989-09-17', '2026-11-26', '2079-06-04', '2079-06-05'])(
    'of %s is written with the shortest digits of the smallest double that is not before it, for every second',
    (day) => {
      for (let second = 0; second < 86_400; second++) {
        const text = `${day} ${clock(second)}`
        const expected = leastNotBefore(Date.parse(`${text.replace(' ', 'T')}Z`) + EPOCH_DAY * Number(DAY_MILLIS))
        if (written(writeDateSerial, text) !== String(expected)) {
          throw new Error(`${text} is ${written(writeDateSerial, text)}, and should be ${expected}`)
        }
      }
    },
  )
})

describe('a time', () => {
  it.each([
    ['00:00:00', '0'],
    ['06:00:00', '0.25'],
    ['24:00:00', '1'],
    ['838:59:59', '34.95832175925926'],
    ['12:00:00.500', '0.5000057870370371'],
  ])('%s is %s', (text, serial) => {
    expect(written(writeTimeSerial, text)).toBe(serial)
  })

  it.each(['-01:00:00', '12:00:00.0005'])('%s has no serial number', (text) => {
    expect(written(writeTimeSerial, text)).toBeNull()
  })
})

it('counts rows in digits', () => {
  const number = new RowNumber(5)
  for (const _ of [1, 2]) {
    for (let row = 1; row <= 10_100; row++, number.next())
      expect(Buffer.from(bytesOf(number)).toString()).toBe(`${row}`)
    number.reset()
  }
})

function written(write: SerialWriter, text: string): string | null {
  const output = new Output(64, 0)
  const bytes = Buffer.from(`<${text}>`)
  const has = write(bytes, 1, bytes.length - 1, output)
  if (!has) expect(output.length).toBe(0)
  return has ? output.written.toString() : null
}

function clock(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19)
}

/** Returns the days as the smallest double not before the time, compared exactly: a double from 1 on is a multiple of 2^-52. */
function leastNotBefore(millis: number): number {
  let days = millis / Number(DAY_MILLIS)
  const isBefore = (value: number) => scaled(value) * DAY_MILLIS < BigInt(millis) << 52n
  const step = 2 ** (Math.floor(Math.log2(days)) - 52)
  while (!isBefore(days)) days -= step
  while (isBefore(days)) days += step
  return days
}

function scaled(value: number): bigint {
  return (BigInt(Math.floor(value)) << 52n) + BigInt((value - Math.floor(value)) * 2 ** 52)
}

function bytesOf({ digits }: RowNumber): Uint8Array {
  return new Uint8Array(digits.buffer, digits.byteOffset, digits.byteLength)
}
