import type { Language } from './people.ts'

const en = {
  shop: 'Sample shop',
  admin: 'Admin',
  orders: 'Orders',
  user: 'Signed in as',
  language: 'Language',
  go: 'Switch',
  from: 'From',
  to: 'To (exclusive)',
  filter: 'Show',
  download: 'Download these orders',
  before: 'Before',
  beforeText:
    'The web server runs the query while you wait. If you leave the page or a proxy times out, you have to start over.',
  slow: 'Download CSV',
  after: 'With Carryout',
  afterText:
    'The request goes to a queue, and you can use the page again at once. Close it if you like: the file will be here, and you get an e-mail when it is ready.',
  format: 'Format',
  mine: 'My downloads',
  newest: 'Newest orders',
  number: 'No.',
  orderedAt: 'Ordered at',
  customer: 'Customer',
  country: 'Country',
  amount: 'Amount',
  status: 'Status',
  waited: (seconds: number) => `Waiting for the web server: ${seconds} s`,
  done: (seconds: number) => `It took ${seconds} s.`,
  failed: 'The web server did not answer.',
}

const ja: typeof en = {
  shop: 'サンプルショップ',
  admin: '管理画面',
  orders: '受注',
  user: 'ログイン中',
  language: '言語',
  go: '切り替え',
  from: '開始日',
  to: '終了日（この日は含まない）',
  filter: '表示',
  download: 'この期間の受注をダウンロード',
  before: 'これまで',
  beforeText:
    'Web サーバーがクエリを実行し、終わるまで待たされます。ページを離れたり、途中のプロキシがタイムアウトしたりすると、最初からやり直しです。',
  slow: 'CSV をダウンロード',
  after: 'Carryout',
  afterText:
    'リクエストはキューに入り、画面はすぐに使えます。ページを閉じても大丈夫です。ファイルはここに残り、完成するとメールが届きます。',
  format: '形式',
  mine: '自分のダウンロード',
  newest: '最近の受注',
  number: '番号',
  orderedAt: '受注日時',
  customer: '顧客名',
  country: '国',
  amount: '金額',
  status: '状態',
  waited: (seconds) => `Web サーバーの応答を待っています：${seconds}秒`,
  done: (seconds) => `${seconds}秒かかりました。`,
  failed: 'Web サーバーが応答しませんでした。',
}

export const TEXTS: Record<Language, typeof en> = { en, ja }
