/** The sample's sign-in: the user chooses a person, without a password. A real app uses its own sessions instead. */

export const PEOPLE = [
  { email: 'hanako@example.com', name: { en: 'Hanako Sato', ja: '佐藤 花子' } },
  { email: 'taro@example.com', name: { en: 'Taro Suzuki', ja: '鈴木 太郎' } },
  { email: 'emma@example.com', name: { en: 'Emma Brown', ja: 'エマ・ブラウン' } },
  { email: 'kenji@example.com', name: { en: 'Kenji Tanaka', ja: '田中 健二' } },
  { email: 'yuki@example.com', name: { en: 'Yuki Ito', ja: '伊藤 由紀' } },
  { email: 'noah@example.com', name: { en: 'Noah Wilson', ja: 'ノア・ウィルソン' } },
  { email: 'aoi@example.com', name: { en: 'Aoi Yamamoto', ja: '山本 葵' } },
  { email: 'liam@example.com', name: { en: 'Liam Jones', ja: 'リアム・ジョーンズ' } },
  { email: 'sakura@example.com', name: { en: 'Sakura Kato', ja: '加藤 さくら' } },
  { email: 'mia@example.com', name: { en: 'Mia Davis', ja: 'ミア・デイビス' } },
] as const

export type Person = (typeof PEOPLE)[number]
export type Language = 'en' | 'ja'

export interface Session {
  person: Person
  language: Language
}

/** Reads the chosen person and language from cookies. The defaults are the first person and the browser's language. */
export function sessionOf(request: Request): Session {
  const cookies = new Map(
    (request.headers.get('cookie') ?? '').split(/; */).map((each) => each.split('=') as [string, string]),
  )
  const email = decodeURIComponent(cookies.get('person') ?? '')
  const asked = cookies.get('language') ?? request.headers.get('accept-language') ?? ''
  return {
    person: PEOPLE.find((person) => person.email === email) ?? PEOPLE[0],
    language: asked.startsWith('ja') ? 'ja' : 'en',
  }
}
