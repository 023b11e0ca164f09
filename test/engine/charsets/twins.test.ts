import { hasTwin } from '../../../engine/charsets/twins.ts'

/** Characters of these double bytes in CP932. */
function charactersOf(leads: readonly number[], trails: { from: number; to: number }): string[] {
  const decoder = new TextDecoder('shift_jis')
  const bytes = leads.flatMap((lead) =>
    Array.from({ length: trails.to - trails.from + 1 }, (_, i) => [lead, trails.from + i]),
  )
  return bytes.map((pair) => decoder.decode(Uint8Array.from(pair))).filter((text) => !text.includes('\ufffd'))
}

test('every character that NEC selected from IBM’s extensions has two codes', () => {
  const selected = charactersOf([0xed, 0xee], { from: 0x40, to: 0xfc })
  expect(selected.length).toBeGreaterThan(370)
  expect(selected.filter((character) => !hasTwin(character))).toEqual([])
})

test.each([...'∪∩￢∠⊥≡≒√∵∫', 'ⅰⅹ', '纊', '黑', '髙﨑㈱', 'before 髙 and after'])('%s has two codes', (text) => {
  expect(hasTwin(text)).toBe(true)
})

test('no character of ASCII, kana or the common kanji has two codes', () => {
  const common = charactersOf([0x82, 0x83, 0x88, 0x89, 0x9f, 0xe0, 0xea], { from: 0x40, to: 0xfc })
  expect(common.length).toBeGreaterThan(900)
  expect(['', 'plain ASCII', 'ｱｲｳ', '\ufffd', '😀', '～①', ...common].filter(hasTwin)).toEqual([])
})
